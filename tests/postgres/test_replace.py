"""Which rows a run replaces, and which it leaves alone."""
import psycopg
import pytest

import support

OTHER = "99999999-2222-4333-8444-555555555555"
HOURS = ["2025-11-01 00:00:00", "2025-11-02 00:00:00"]


def pod(time, usage=3600.0, **columns):
    return {"interval_start": time, "node": "n1", "namespace": "ns", "pod": "p1", "pod_usage_cpu_core_seconds": usage,
            "pod_request_cpu_core_seconds": 0.0, "pod_usage_memory_byte_seconds": 0.0,
            "pod_request_memory_byte_seconds": 0.0, "node_capacity_cpu_core_seconds": 7200.0,
            "node_capacity_memory_byte_seconds": 0.0, "pod_labels": "", **columns}


def volume(time):
    return {"interval_start": time, "namespace": "ns", "pod": "p1", "persistentvolumeclaim": "c", "persistentvolume": "v",
            "persistentvolumeclaim_capacity_byte_seconds": 3.6e12, "volume_request_storage_byte_seconds": 3.6e12,
            "persistentvolumeclaim_usage_byte_seconds": 3.6e12, "persistentvolume_labels": "",
            "persistentvolumeclaim_labels": ""}


def arguments(source=support.SOURCE, period=7):
    return ["--month", "2025-11", "--source", source, "--report-period-id", period]


@pytest.fixture
def reports(tmp_path):
    """A function that writes reports of the given times and returns their folder."""
    def write(times=HOURS, usage=3600.0, name="in"):
        return support.write_csvs(tmp_path / name, {"pod": [pod(t, usage) for t in times],
                                                    "storage": [volume(t) for t in times]})
    return write


@pytest.fixture(params=[False, True], ids=["plain", "partitioned"])
def table(request, schema):
    schema.init(request.param)
    if request.param:
        for month, after in (("2025-10-01", "2025-11-01"), ("2025-11-01", "2025-12-01")):
            schema.sql(f"CREATE TABLE {{s}}.part_{month[5:7]} PARTITION OF {{t}} FOR VALUES FROM ('{month}') TO ('{after}')")
    return schema


def insert(schema, day="2025-11-01", source=support.SOURCE, period=7, **columns):
    columns = {"usage_start": day, "usage_end": day, "source_uuid": source, "report_period_id": period,
               "data_source": "Pod", "pod_labels": "{}", "namespace": "there before", **columns}
    marks = ", ".join(["%s"] * len(columns))
    schema.sql(f"INSERT INTO {{t}} (uuid, {', '.join(columns)}) VALUES (gen_random_uuid(), {marks})", *columns.values())


def kept(schema):
    """How many of the rows that the test inserted are there still."""
    return schema.sql("SELECT count(*) FROM {t} WHERE namespace = 'there before'")[0][0]


def made(schema):
    return schema.sql("SELECT usage_start::text, data_source, pod_labels IS NULL, pod_usage_cpu_core_hours::float8,"
                      " persistentvolumeclaim FROM {t} WHERE namespace IS DISTINCT FROM 'there before'"
                      " ORDER BY 1, 2, 3")


@pytest.mark.parametrize("columns", [
    {"source": OTHER}, {"day": "2025-10-31"}, {"cost_model_rate_type": "Supplementary"}, {"cost_model_rate_type": ""},
    {"infrastructure_raw_cost": 1}, {"infrastructure_raw_cost": -0.5}], ids=str)
def test_own_leaves_rows_of_others_alone(table, reports, columns):
    insert(table, **columns)
    before = table.snapshot()
    table.run(reports(), *arguments())
    assert set(before) <= set(table.snapshot())
    assert len(made(table)) == 6


@pytest.mark.parametrize("columns", [{}, {"infrastructure_raw_cost": 0}, {"day": "2025-11-02"}, {"data_source": "Storage"},
                                     {"pod_labels": None}, {"period": 8}, {"period": None}], ids=str)
def test_own_replaces_rows_of_the_source_and_its_days(table, reports, columns):
    insert(table, **columns)
    table.run(reports(), *arguments())
    assert kept(table) == 0 and len(made(table)) == 6


@pytest.mark.parametrize("columns, stays", [
    ({"cost_model_rate_type": "Supplementary"}, False), ({"source": OTHER}, False), ({}, False),
    ({"infrastructure_raw_cost": 0}, False), ({"infrastructure_raw_cost": 1}, True), ({"period": 8}, True),
    ({"period": None}, True), ({"day": "2025-10-31"}, True)], ids=str)
def test_koku_replaces_rows_of_the_report_period(table, reports, columns, stays):
    insert(table, **columns)
    table.run(reports(), *arguments(), "--replace", "koku")
    assert kept(table) == int(stays) and len(made(table)) == 6


def test_koku_needs_the_report_period(table, reports):
    insert(table)
    before = table.snapshot()
    done = table.run(reports(), "--month", "2025-11", "--source", support.SOURCE, "--replace", "koku", code=2)
    assert "--report-period-id" in done.err and table.snapshot() == before


def test_rows_of_the_run_before_are_replaced(table, reports):
    table.run(reports(usage=3600.0, name="a"), *arguments())
    table.run(reports(usage=7200.0, name="b"), *arguments())
    assert [row[3] for row in made(table)] == [2.0, 0.0, None, 2.0, 0.0, None]


@pytest.mark.parametrize("kinds", ["pod", "storage", "unallocated", "pod,unallocated", "storage,unallocated"])
def test_kinds_left_out_stay(table, reports, kinds):
    table.run(reports(), *arguments())
    for columns in ({"data_source": "Pod"}, {"data_source": "Storage"}, {"data_source": "Pod", "pod_labels": None}):
        insert(table, **columns)
    table.run(reports(name="again"), *arguments(), "--rows", kinds)
    left = {("Storage" if source == "Storage" else "Pod" if labels else "Unallocated") for source, labels in
            table.sql("SELECT data_source, pod_labels::text FROM {t} WHERE namespace = 'there before'")}
    assert {kind.lower() for kind in left} == {"pod", "storage", "unallocated"} - set(kinds.split(","))
    assert len(made(table)) == 6


def test_days_without_input_are_refused_unless_asked_for(table, reports):
    table.run(reports(), *arguments())
    before = table.snapshot()
    done = table.run(reports(HOURS[:1], name="less"), *arguments(), code=2)
    assert "2025-11-02 (3 rows)" in done.err and "--allow-empty" in done.err and table.snapshot() == before
    done = table.run(reports(HOURS[:1], name="less"), *arguments(), "--end", "2025-11-01")
    assert table.snapshot() == before
    table.run(reports(HOURS[:1], name="less"), *arguments(), "--allow-empty")
    assert {row[0] for row in made(table)} == {"2025-11-01"}


def test_a_month_without_input_at_all(table, reports):
    table.run(reports(), *arguments())
    before = table.snapshot()
    empty = reports(["2025-12-01 00:00:00"], name="other month")
    table.run(empty, *arguments(), code=2)
    assert table.snapshot() == before
    table.run(empty, *arguments(), "--allow-empty")
    assert made(table) == []


def test_columns_that_costream_does_not_know_keep_their_defaults(table, reports):
    table.sql("ALTER TABLE {t} ADD COLUMN mark text DEFAULT 'default', ADD COLUMN doubled numeric"
              " GENERATED ALWAYS AS (pod_usage_cpu_core_hours * 2) STORED")
    table.run(reports(), *arguments())
    assert table.sql("SELECT DISTINCT mark FROM {t}") == [("default",)]
    assert table.sql("SELECT sum(doubled)::float8 FROM {t}") == [(8.0,)]  # the unallocated rows too


def test_truncate_empties_the_table_first_and_needs_a_yes(table, reports):
    insert(table, source=OTHER, day="2025-10-31", cost_model_rate_type="x", infrastructure_raw_cost=1)
    before = table.snapshot()
    done = table.run(reports(), *arguments(), "--truncate", code=2)
    assert "--yes" in done.err and table.snapshot() == before
    table.run(reports(), *arguments(), "--truncate", "--yes")
    assert kept(table) == 0 and len(made(table)) == 6


def test_database_options_are_refused_elsewhere(command, reports, tmp_path):
    for option in (["--truncate", "--yes"], ["--create-partitions"], ["--replace", "koku"]):
        done = command("run", reports(), *arguments(), "--to", tmp_path / "out.csv", *option, code=2)
        assert "database" in done.err


# ---------------------------------------------------------------- partitions
def test_missing_partition_is_named(schema, reports):
    schema.init(partitioned=True)
    done = schema.run(reports(), *arguments(), code=2)
    assert "reporting_ocpusagelineitem_daily_summary_2025_11" in done.err and "--create-partitions" in done.err
    assert schema.snapshot() == []


def test_partition_is_made_once(schema, reports):
    schema.init(partitioned=True)
    for _ in range(2):
        schema.run(reports(), *arguments(), "--create-partitions")
    schema.run(reports(), *arguments())
    found = schema.sql("SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r'"
                       " AND relnamespace = %s::regnamespace", f'"{schema.name}"')
    assert found == [("reporting_ocpusagelineitem_daily_summary_2025_11",
                      "FOR VALUES FROM ('2025-11-01') TO ('2025-12-01')")]
    assert len(made(schema)) == 6


def test_making_a_partition_waits_for_no_reader(schema, reports):
    schema.init(partitioned=True)
    with schema.connect() as reader, reader.transaction():
        reader.execute(f"SELECT count(*) FROM {schema.table}")
        schema.run(reports(), *arguments(), "--create-partitions")


@pytest.mark.parametrize("bound", ["DEFAULT", "FOR VALUES FROM (MINVALUE) TO (MAXVALUE)",
                                   "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"])
def test_rows_go_to_the_partition_that_takes_them(schema, reports, bound):
    schema.init(partitioned=True)
    schema.sql("CREATE TABLE {s}.part PARTITION OF {t} " + bound)
    schema.run(reports(), *arguments())
    assert schema.sql("SELECT count(*) FROM {s}.part") == [(6,)]


def test_days_to_come_need_no_partition(schema, reports):
    schema.init(partitioned=True)
    schema.sql("CREATE TABLE {s}.early PARTITION OF {t} FOR VALUES FROM ('2025-11-01') TO ('2025-11-02')")
    done = schema.run(reports(), *arguments(), code=2)
    assert "no partition" in done.err and "2025-11-02" in done.err and schema.snapshot() == []
    assert "2025-11-02" in schema.run(reports(), *arguments(), "--create-partitions", code=2).err
    schema.run(reports(HOURS[:1], name="less"), *arguments())
    assert len(made(schema)) == 3


# ---------------------------------------------------------------- tables that are not as they should be
@pytest.mark.parametrize("change, said", [
    ("ALTER TABLE {t} DROP COLUMN all_labels", "no column 'all_labels'"),
    ("ALTER TABLE {t} ALTER pod_usage_cpu_core_hours TYPE float8", "'pod_usage_cpu_core_hours' has the type float8"),
    ("ALTER TABLE {t} ALTER cluster_id TYPE integer USING 1", "'cluster_id' has the type int4"),
    ("ALTER TABLE {t} ALTER cluster_id TYPE varchar(2)", "value too long for type character varying(2)"),
    ("ALTER TABLE {t} ALTER report_period_id TYPE smallint", "'report_period_id' has the type int2"),
    ("ALTER TABLE {t} ADD COLUMN must text NOT NULL", 'null value in column "must"'),
    ("ALTER TABLE {t} ADD CHECK (node <> 'n1')", "violates check constraint"),
    ("ALTER TABLE {t} RENAME TO other", "there is no table"),
    ("DROP SCHEMA {s} CASCADE", "there is no table")])
def test_table_that_cannot_take_the_rows(schema, reports, change, said):
    schema.init()
    schema.sql(change)
    done = schema.run(reports(), *arguments(), "--cluster-id", "cluster", code=2)
    assert said in done.err, done.err
    if schema.sql("SELECT to_regclass(%s)", schema.table) != [(None,)]:
        assert schema.snapshot() == []


@pytest.mark.parametrize("change", [
    "ALTER TABLE {t} ALTER source_uuid TYPE text, ALTER namespace TYPE varchar(253), ALTER report_period_id TYPE integer",
    "ALTER TABLE {t} ALTER pod_labels TYPE text, ALTER all_labels TYPE json, ALTER cost_category_id TYPE bigint",
    "ALTER TABLE {t} DROP COLUMN cost_model_rate_type, DROP COLUMN infrastructure_raw_cost"])
def test_other_types_that_hold_the_values(schema, reports, change):
    schema.init()
    schema.sql(change)
    for _ in range(2):
        schema.run(reports(), *arguments())
    assert len(made(schema)) == 6
    assert schema.sql("SELECT DISTINCT source_uuid::text, report_period_id::bigint FROM {t}") == [(support.SOURCE, 7)]


def test_id_that_does_not_fit_its_column(schema, reports):
    schema.init()
    schema.sql("ALTER TABLE {t} ALTER report_period_id TYPE integer")
    done = schema.run(reports(), *arguments(period=2 ** 31), code=2)
    assert "'report_period_id'" in done.err and schema.snapshot() == []


def test_source_that_is_no_uuid(schema, reports):
    schema.init()
    assert "is none" in schema.run(reports(), *arguments(source="mine"), code=2).err
    schema.sql("ALTER TABLE {t} ALTER source_uuid TYPE text")
    schema.run(reports(), *arguments(source="mine"))
    assert len(made(schema)) == 6


@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "DELETE", "USAGE"])
def test_missing_privilege(schema, reports, privilege):
    schema.init()
    role = "clerk " + schema.name
    with psycopg.connect(schema.uri, autocommit=True) as admin:
        admin.execute(f"""CREATE ROLE "{role}" LOGIN PASSWORD 'p@ss'""")
        try:
            if privilege != "USAGE":
                admin.execute(f'GRANT USAGE ON SCHEMA "{schema.name}" TO "{role}"')
            admin.execute(f'GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA "{schema.name}" TO "{role}"')
            uri = schema.uri.replace("costream:Pg-Pa55w0rd@", f"{role.replace(' ', '%20')}:p%40ss@")
            if privilege != "USAGE":
                schema.run(reports(), *arguments(), uri=uri)
                admin.execute(f'REVOKE {privilege} ON {schema.table} FROM "{role}"')
            before = schema.snapshot()
            done = schema.run(reports(), *arguments(), uri=uri, code=2)
            assert "permission denied" in done.err and schema.snapshot() == before
        finally:
            admin.execute(f'DROP OWNED BY "{role}"')
            admin.execute(f'DROP ROLE "{role}"')


# ---------------------------------------------------------------- init-db
def test_init_db_again_changes_nothing(schema):
    schema.init().init()
    done = support.costream("init-db", schema.uri, "--schema", schema.name, "--partitioned", code=2)
    assert "not partitioned" in done.err


def test_init_db_of_a_partitioned_table_again(schema):
    schema.init(partitioned=True).init(partitioned=True)
    assert "partitioned" in support.costream("init-db", schema.uri, "--schema", schema.name, code=2).err


def test_init_db_takes_a_database_only(command, tmp_path):
    assert "postgresql://" in command("init-db", tmp_path / "x.db", code=2).err
