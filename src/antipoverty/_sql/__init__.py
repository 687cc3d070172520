"""Rules as statements of a database; what needs sqlglot is imported when it is asked for."""

DIALECTS = (
    "postgres",
    "sqlite",
    "duckdb",
    "mysql",
    "clickhouse",
    "doris",
    "starrocks",
    "hive",
    "trino",
    "oracle",
)
"""The dialects there are."""

PROVEN = DIALECTS[:5]
"""Those whose statements are run by the tests; the others are written by the same rules."""

__all__ = ["DIALECTS", "PROVEN"]
