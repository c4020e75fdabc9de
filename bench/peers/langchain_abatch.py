"""LangChain's `abatch` over ChatOpenAI as it comes."""

from collections.abc import Sequence

from langchain_openai import ChatOpenAI  # type: ignore[import-not-found]

from bench.peers.calling import Client, main


def prepare(url: str, at_once: int) -> Client:
    """One batch, `at_once` at a time; it retries by itself."""
    model = ChatOpenAI(model="m", base_url=url, api_key="bench", streaming=True, stream_usage=True)

    async def warm_up() -> None:
        await model.root_async_client.models.list()

    async def ask_all(prompts: Sequence[str]) -> Sequence[object]:
        config = {"max_concurrency": at_once}
        outcomes = await model.abatch(prompts, config=config, return_exceptions=True)
        return [getattr(outcome, "content", outcome) for outcome in outcomes]

    return Client(warm_up, ask_all)


if __name__ == "__main__":
    main(prepare)
