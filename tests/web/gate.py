"""An endpoint `gate` with a price and limits, and one `openai` without: both answer locally."""

from pathlib import Path

from asgiref.sync import async_to_sync

from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings, load_settings

BRIEF = "A Flask shop on port 8000 with PostgreSQL."
KINDS = ("dockerfile", "compose", "prometheus-rules")


def gate_settings(folder: Path, llm: FakeProvider) -> Settings:
    """Settings over a data folder in this folder."""
    (folder / ".env").write_text(
        f"OMNI_DATA_DIR={folder / 'data'}\nOMNI_FIND_OLLAMA=false\n"
        f"OPENAI_API_KEY=none\nOPENAI_BASE_URL={llm.url}/v1\nGATE_KEY=none\n"
    )
    (folder / "omni.toml").write_text(
        f'[endpoints.gate]\ntype = "openai"\nbase_url = "{llm.url}/v1"\nkey = "GATE_KEY"\n'
        "price = { input = 1.25, output = 10 }\n"
        "requests_per_minute = 60\ntokens_per_minute = 100000\n"
    )
    return load_settings(folder / ".env")


def submit(service: Service, *models: str, budget: int | None = None, fallback: str = "") -> str:
    """Start a batch of three jobs for each model."""
    kinds, choices = map(KindChoice, KINDS), map(ModelChoice.parse, models)
    spec = BatchSpec(
        brief=BRIEF,
        jobs=matrix(BRIEF, list(kinds), list(choices)),
        mode=Mode.ASYNC,
        concurrency=3,
        fallbacks=(ModelChoice.parse(fallback),) if fallback else (),
        budget_microusd=budget,
    )
    return async_to_sync(service.submit)(spec)
