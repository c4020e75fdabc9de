"""Which address speaks which wire form."""

from webapp.fake_provider.anthropic import Anthropic
from webapp.fake_provider.behaviour import Behaviour
from webapp.fake_provider.dialect import Dialect, Site
from webapp.fake_provider.gemini import GEMINI_CALL, Gemini
from webapp.fake_provider.iam import IAM_PATH, Iam, Tokens
from webapp.fake_provider.ollama import Ollama
from webapp.fake_provider.openai import ChatCompletions
from webapp.fake_provider.responses import Responses
from webapp.fake_provider.watsonx import WATSONX_CALLS, Watsonx
from webapp.fake_provider.wire import Request

OPENAI = ChatCompletions()
# Wire form -> what clients want behind the address of a fake provider.
BASES = {
    "OpenAI": "/v1",
    "Anthropic": "",
    "Gemini": "",
    "watsonx": "",
    "IBM IAM": IAM_PATH,
    "Ollama": "",
}


class Sites:
    """All wire forms at one address: the path tells them apart, and of one path the headers."""

    def __init__(self, tokens: Tokens, behaviour: Behaviour) -> None:
        self._ollama = Ollama()
        self._anthropic = Anthropic()
        self._gemini = Gemini()
        self._watsonx = Watsonx(tokens)
        self._iam = Iam(tokens, behaviour.key, behaviour.token_s)
        self._calls: dict[str, Dialect] = {
            "/v1/chat/completions": OPENAI,
            "/v1/responses": Responses(),
            "/api/chat": self._ollama,
            "/v1/messages": self._anthropic,
            **dict.fromkeys(WATSONX_CALLS, self._watsonx),
        }

    def called(self, request: Request) -> Dialect | None:
        """In which wire form a request is a call for an answer; None where it is none."""
        if request.method != "POST":
            return None
        dialect = self._calls.get(request.path)
        if dialect is None and GEMINI_CALL.fullmatch(request.path):
            return self._gemini
        return dialect

    def at(self, request: Request) -> Site:
        """Whose address it is; OpenAI's where nobody knows."""
        path = request.path
        if path == "/" or path.startswith("/api/"):
            return self._ollama
        if path.startswith("/ml/"):
            return self._watsonx
        if path == IAM_PATH:
            return self._iam
        if path.startswith("/v1/messages"):
            return self._anthropic
        if path.startswith(("/v1beta/", "/v1/models/")):
            return self._gemini
        return self._by_headers(request)

    def _by_headers(self, request: Request) -> Site:
        if "anthropic-version" in request.headers:
            return self._anthropic
        return self._gemini if "x-goog-api-key" in request.headers else OPENAI
