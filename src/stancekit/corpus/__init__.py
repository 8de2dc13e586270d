"""A corpus of any size, into a folder of Parquet tables.

    from stancekit.corpus import run_corpus

    run_corpus("articles.parquet", "out")

`TABLES` describes every column. Each table is a folder of part files::

    duckdb:  SELECT * FROM 'out/stances/*.parquet'
    pandas:  pandas.read_parquet("out/stances")
    polars:  polars.read_parquet("out/stances/*.parquet")
"""

from stancekit.corpus.run import CorpusResult, run_corpus
from stancekit.corpus.tables import SCHEMA_VERSION, TABLES, Column
from stancekit.tabular import Article

__all__ = ["SCHEMA_VERSION", "TABLES", "Article", "Column", "CorpusResult", "run_corpus"]
