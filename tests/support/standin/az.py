"""`az` on the PATH of a test: hands its command line to the test's stand-in and repeats the answer."""

import json
import os
import socket
import sys
from pathlib import Path

with socket.create_connection(("127.0.0.1", int(os.environ["AZ_STAND_IN"]))) as connection:
    stream = connection.makefile("rw", encoding="utf-8")
    stream.write(json.dumps({"argv": sys.argv[1:], "folder": str(Path.cwd())}) + "\n")
    stream.flush()
    answer = json.loads(stream.readline())
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["code"])
