"""What the API says about the region: the funnel from needs to acceptance."""

from typing import Any

from ninja import Field, Schema


class StageOut(Schema):
    """One stage of the funnel."""

    key: str
    word: str

    @staticmethod
    def resolve_word(stage: Any) -> str:
        """In the caller's language."""
        return str(stage.word)


class FunnelCell(Schema):
    """How many challenges of one industry, filed in one year, reached each stage, in the order of the stages."""

    industry: str
    year: int
    counts: list[int]


class FunnelOut(Schema):
    """The funnel as the caller may know it; a stage counts whatever ever reached it, bids from their opening on."""

    stages: list[StageOut]
    total: list[int] = Field(description="Over all industries and years, in the order of the stages.")
    cells: list[FunnelCell]
