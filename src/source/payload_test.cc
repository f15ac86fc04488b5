#include "source/payload.h"

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "base/test_folder.h"
#include "source/test_archive.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Members = std::vector<std::pair<std::string, std::string>>;

class PayloadTest : public FolderTest {
 protected:
  InputFilePtr Archive(const std::string& name, const Members& members) {
    return LocalFile(Write(name, Gzip(Tar(members))));
  }

  static Members::value_type ManifestOf(const std::string& uuid, const std::string& files,
                                        const std::string& more = "") {
    return {"manifest.json", R"({"uuid": ")" + uuid + R"(", "files": [)" + files + "]" + more + "}"};
  }

  static std::string Text(const InputFile& file) {
    const auto stream = file.OpenText().ValueOrDie();
    std::string all;
    for (;;) {
      const auto part = stream->Read(10'000).ValueOrDie();
      if (part->size() == 0) return all;
      all += part->ToString();
    }
  }

  static std::vector<std::string> Names(const Payloads& payloads) {
    std::vector<std::string> names;
    for (const PayloadReport& report : payloads.reports) {
      names.push_back(std::filesystem::path(report.file->name()).filename());
    }
    return names;
  }

  static Payloads Read(const std::vector<InputFilePtr>& archives) {
    return ReadPayloads(archives, PayloadLimits()).ValueOrDie();
  }

  static void ExpectInputError(const std::vector<InputFilePtr>& archives, const std::string& message,
                               const PayloadLimits& limits = {}) {
    const auto payloads = ReadPayloads(archives, limits);
    ASSERT_FALSE(payloads.ok());
    EXPECT_EQ(KindOf(payloads.status()), ErrorKind::kInput);
    EXPECT_THAT(Message(payloads.status()), AllOf(HasSubstr(".tar.gz"), HasSubstr(message)));
  }
};

TEST_F(PayloadTest, ListedFilesAreReportsAndOthersAreCounted) {
  const Payloads payloads =
      Read({Archive("p.tar.gz", {{"./a.csv", "text a"}, {"other.csv", ""}, ManifestOf("u", R"("a.csv")")})});
  ASSERT_EQ(payloads.reports.size(), 1u);
  EXPECT_EQ(payloads.reports[0].file->name(), Path("p.tar.gz") + ":./a.csv");
  EXPECT_THAT(payloads.notes, ElementsAre(HasSubstr("1 members")));
}

TEST_F(PayloadTest, AMemberIsReadAsOftenAsAskedFor) {
  const Payloads payloads =
      Read({Archive("p.tar.gz", {ManifestOf("u", R"("a.csv", "b.csv")", R"(, "cluster_id": "c")"),
                                 {"a.csv", "text a"},
                                 {"b.csv", "text b"}})});
  EXPECT_THAT(Names(payloads), ElementsAre("p.tar.gz:a.csv", "p.tar.gz:b.csv"));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(Text(*payloads.reports[0].file), "text a");
    EXPECT_EQ(Text(*payloads.reports[1].file), "text b");
  }
  EXPECT_EQ(payloads.reports[0].file->bytes(), 6);
  EXPECT_EQ(payloads.reports[0].manifest, payloads.reports[1].manifest);
  EXPECT_EQ(payloads.reports[0].manifest->cluster_id, "c");
  EXPECT_THAT(payloads.warnings, IsEmpty());
  EXPECT_THAT(payloads.notes, IsEmpty());
}

// Long enough that members are found from a place in the middle, behind pax headers of their own.
TEST_F(PayloadTest, LargeMembersWithLongNamesAreReadFromTheMiddle) {
  std::mt19937 random(3);
  Members members;
  std::string files;
  for (int i = 0; i < 6; ++i) {
    std::string text(1'500'000, '\0');
    for (char& c : text) c = static_cast<char>(random());
    members.emplace_back(std::string(300, static_cast<char>('a' + i)) + ".csv", text);
    files += (i ? ", \"" : "\"") + members.back().first + "\"";
  }
  members.push_back(ManifestOf("u", files));
  const Payloads payloads = Read({Archive("p.tar.gz", members)});
  ASSERT_EQ(payloads.reports.size(), 6u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(Text(*payloads.reports[i].file), members[i].second) << i;
}

TEST_F(PayloadTest, AnArchiveThatIsGoneIsAnInputErrorThatNamesIt) {
  const auto archive = Archive("a.tar.gz", {ManifestOf("u", R"("a.csv")"), {"a.csv", "text"}});
  std::filesystem::remove(Path("a.tar.gz"));
  ExpectInputError({archive}, "a.tar.gz: cannot be read");
}

TEST_F(PayloadTest, AMemberIsReadAsTextOnly) {
  const auto payloads = Read({Archive("a.tar.gz", {ManifestOf("u", R"("a.csv")"), {"a.csv", "text"}})});
  const auto file = payloads.reports.at(0).file->Open();
  EXPECT_EQ(KindOf(file.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(file.status()), HasSubstr("a.tar.gz:a.csv: lies in an archive"));
}

TEST_F(PayloadTest, TarballsOfOneUuidAreOnePayload) {
  const std::string files = R"("a.csv", "b.csv", "c.csv")";
  const auto first = Archive("1.tar.gz", {ManifestOf("u", files), {"a.csv", "A"}});
  const auto second = Archive("2.tar.gz", {ManifestOf("U", files), {"b.csv", "B"}, {"a.csv", "A"}});
  for (const auto& archives : {std::vector{first, second}, std::vector{second, first}}) {
    const Payloads payloads = Read(archives);
    EXPECT_THAT(Names(payloads), ElementsAre("1.tar.gz:a.csv", "2.tar.gz:b.csv"));
    EXPECT_EQ(payloads.reports[0].manifest, payloads.reports[1].manifest);
    EXPECT_EQ(payloads.repeated, 1);
    EXPECT_THAT(payloads.warnings, ElementsAre(AllOf(HasSubstr("c.csv"), HasSubstr("payload u"))));
  }
}

TEST_F(PayloadTest, AFileThatCameTwiceWithOtherBytesIsAWarning) {
  const Payloads payloads = Read({Archive("1.tar.gz", {ManifestOf("u", R"("a.csv")"), {"a.csv", "old"}}),
                                  Archive("2.tar.gz", {ManifestOf("u", R"("a.csv")"), {"a.csv", "newer"}})});
  EXPECT_THAT(Names(payloads), ElementsAre("1.tar.gz:a.csv"));
  EXPECT_THAT(payloads.warnings, ElementsAre(AllOf(HasSubstr("2.tar.gz:a.csv"), HasSubstr("5 bytes"))));
}

TEST_F(PayloadTest, ResourceOptimizationFilesAreNoUsage) {
  const Payloads payloads = Read({Archive(
      "p.tar.gz", {ManifestOf("u", R"("a.csv", "r.csv")", R"(, "resource_optimization_files": ["r.csv"])"),
                   {"a.csv", "A"},
                   {"r.csv", "R"}})});
  EXPECT_THAT(Names(payloads), ElementsAre("p.tar.gz:a.csv"));
  EXPECT_THAT(payloads.notes, ElementsAre(HasSubstr("1 resource-optimisation")));
}

TEST_F(PayloadTest, NamesAreRelativeToTheFolderOfTheManifest) {
  const Payloads payloads =
      Read({Archive("p.tar.gz", {{"./d/manifest.json", R"({"uuid": "u", "files": ["a.csv"]})"},
                                 {"d/a.csv", "A"},
                                 {"a.csv", "outside"}})});
  ASSERT_EQ(payloads.reports.size(), 1u);
  EXPECT_EQ(Text(*payloads.reports[0].file), "A");
  EXPECT_THAT(payloads.notes, ElementsAre(HasSubstr("1 members")));
}

TEST_F(PayloadTest, APathThatLeadsElsewhereIsNoReportEvenIfListed) {
  const Payloads payloads =
      Read({Archive("p.tar.gz", {{"../a.csv", "A"},
                                 {"/b.csv", "B"},
                                 {"x/../../c.csv", "C"},
                                 ManifestOf("u", R"("../a.csv", "/b.csv", "x/../../c.csv")")})});
  EXPECT_THAT(payloads.reports, IsEmpty());
  EXPECT_THAT(payloads.notes, ElementsAre(HasSubstr("3 members")));
  EXPECT_THAT(payloads.warnings, ElementsAre(HasSubstr("../a.csv")));
}

TEST_F(PayloadTest, AManifestThatIsMissingOrAmbiguousOrHugeIsAnError) {
  ExpectInputError({Archive("p.tar.gz", {{"a.csv", "A"}})}, "no manifest.json");
  ExpectInputError({Archive("p.tar.gz", {ManifestOf("u", ""), ManifestOf("v", "")})}, "two manifests");
  ExpectInputError({Archive("p.tar.gz", {{"manifest.json", std::string(2 << 20, ' ')}})},
                   "more than any manifest");
  EXPECT_TRUE(ReadPayloads({Archive("p.tar.gz", {ManifestOf("u", ""), ManifestOf("u", "")})}, {}).ok());
}

TEST_F(PayloadTest, TwoPayloadsThatClaimOneUuidAreAnError) {
  ExpectInputError({Archive("1.tar.gz", {ManifestOf("u", "", R"(, "cluster_id": "c")")}),
                    Archive("2.tar.gz", {ManifestOf("u", "", R"(, "cluster_id": "d")")})},
                   "has the uuid u");
}

TEST_F(PayloadTest, LimitsNameTheirFlags) {
  const auto archive = Archive("p.tar.gz", {ManifestOf("u", ""), {"a.csv", "A"}, {"b.csv", "B"}});
  ExpectInputError({archive}, "--payload-max-members", {int64_t{1} << 30, 2});
  ExpectInputError({archive}, "--payload-max-bytes", {2000, 100});
}

TEST_F(PayloadTest, AnArchiveCutAnywhereIsAnError) {
  const std::string bytes = Gzip(Tar({ManifestOf("u", R"("a.csv")"), {"a.csv", "interval_start,node\n"}}));
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto file = LocalFile(Write("p.tar.gz", std::string_view(bytes).substr(0, length)));
    const auto payloads = ReadPayloads({file}, {});
    ASSERT_FALSE(payloads.ok()) << length;
    EXPECT_EQ(KindOf(payloads.status()), ErrorKind::kInput);
  }
}

TEST_F(PayloadTest, AnArchiveThatChangesMeanwhileIsAnError) {
  const auto file = Archive("p.tar.gz", {ManifestOf("u", R"("a.csv")"), {"a.csv", "A"}});
  const Payloads payloads = Read({file});
  Archive("p.tar.gz", {ManifestOf("u", R"("a.csv")"), {"b.csv", "B"}});
  const auto stream = payloads.reports[0].file->OpenText();
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(Message(stream.status()), HasSubstr("changed"));
}

}  // namespace
}  // namespace costream
