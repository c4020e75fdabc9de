"""Serves the small model until it is killed; runs with the interpreter of `.peers`.

Usage: llama_server.py PORT [KEY]. It says its address once the model is loaded; until then it
answers 503. One slot, one thread, a context of 1,024 tokens.
"""

import sys
from pathlib import Path
from threading import Event

import xllamacpp  # type: ignore[import-not-found]

port, *keys = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = str(next(Path(sys.prefix).rglob("SmolLM2-135M-Instruct.Q4_1.gguf")))
params.port = int(port)
params.api_keys = keys
params.n_ctx = 1024
params.n_parallel = 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.endpoint_slots = params.endpoint_metrics = True
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
Event().wait()
