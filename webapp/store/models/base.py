"""What all tables have in common: ULIDs as text keys, UTC times, blobs by digest."""

from sqlalchemy import Column, Index, MetaData, String, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column[str]:
    """The key of a table."""
    return Column("id", String(26), primary_key=True)


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which a condition holds, in the words in which it is asked."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
