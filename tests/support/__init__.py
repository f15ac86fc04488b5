"""What the Python tests share, by what it does; tests `import support` and name all of it from there."""
from .command import (BINARY, GOLDEN, GOLDEN_NAMES, ROOT, SANITIZED, SECRETS, SHARED, WatchedPopen, absent, costream,
                      log_lines)
from .payloads import covers, days_of, manifest_of, of_hours, read_texts, tar_bytes, write_payload
from .reports import (ALL_MEASURES, COLUMNS, FILES, MEASURES, SOURCE, TABLES, array, csv_text, daily_rows, folder_of,
                      moment, read_reports, table_of, write_csv, write_csvs, write_reference, write_tree)
from .summaries import (GIB, JSON_COLUMNS, OUT_KEYS, OUT_MEASURES, compare_golden, near, read_output, same_value,
                        split_csv, typed)
