"""Make pictures smaller."""

import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--pictures", required=True)
parser.add_argument("--side", type=int, default=224)
parser.add_argument("--small", required=True)
print(parser.parse_args(), os.environ["BUCKET"])
