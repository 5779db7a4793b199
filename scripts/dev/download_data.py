"""Downloads the real data, "Default of Credit Card Clients" (UCI data set 350, CC BY 4.0): `make data`.

Tries the Azure ML tutorial's address, then UCI's, whose archive holds an .xls that is turned into the same
CSV (with xlrd). Only a file of the known size and SHA-256 takes its name; whatever else arrives, or does not,
leaves what was there untouched. Exit 0: the file is there; 1: no address delivered it.
"""

import argparse
import hashlib
import io
import sys
import tempfile
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

FILE = Path(__file__).parents[2] / "data" / "default_of_credit_card_clients.csv"
ADDRESSES = (
    "https://azuremlexamples.blob.core.windows.net/datasets/credit_card/default_of_credit_card_clients.csv",
    "https://archive.ics.uci.edu/static/public/350/default+of+credit+card+clients.zip",
)
SIZE = 2_867_294
SHA256 = "bf15b02eb5a2c34f01f6d071083ecb7b8f4e803a4280a7ef497903d84c791c48"
LONGEST_DOWNLOAD = 50_000_000
SILENCE_SECONDS = 30


class BadDownload(Exception):
    """What an address delivered is not the data."""


def check(content: bytes) -> None:
    if len(content) != SIZE:
        raise BadDownload(f"{len(content):,} bytes instead of {SIZE:,}")
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise BadDownload("the SHA-256 is not that of the data")


def is_there(file: Path) -> bool:
    try:
        check(file.read_bytes())
    except (OSError, BadDownload):
        return False
    return True


def download(address: str, seconds: float) -> bytes:
    """The CSV from an address; `seconds` without a byte end the attempt."""
    with urlopen(address, timeout=seconds) as response:
        content = response.read(LONGEST_DOWNLOAD)
    return unpack(content) if content.startswith(b"PK") else content


def unpack(archive: bytes) -> bytes:
    """The CSV from the only .xls in UCI's archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            workbooks = [file for file in files.infolist() if file.filename.endswith(".xls")]
            if len(workbooks) != 1:
                raise BadDownload(f"the archive holds {len(workbooks)} .xls files instead of one")
            if workbooks[0].file_size > LONGEST_DOWNLOAD:  # zipfile never reads more than is declared
                raise BadDownload(f"the .xls in the archive has {workbooks[0].file_size:,} bytes")
            workbook = files.read(workbooks[0])
    # Encrypted files, unknown methods and damaged streams each have an exception of their own.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadDownload(f"the archive is damaged ({error})") from None
    return csv_of(workbook)


def csv_of(workbook: bytes) -> bytes:
    """The first sheet as CSV; every number in it is an integer."""
    try:
        import xlrd
    except ImportError:
        raise BadDownload("holds an .xls, which takes xlrd to read: pip install xlrd==2.0.2") from None
    try:
        sheet = xlrd.open_workbook(file_contents=workbook, logfile=io.StringIO()).sheet_by_index(0)
    except Exception as error:  # a damaged workbook makes xlrd trip over anything, an IndexError included
        raise BadDownload(f"the .xls is damaged ({error})") from None
    rows = (sheet.row_values(row) for row in range(sheet.nrows))
    lines = (",".join(value if isinstance(value, str) else str(int(value)) for value in row) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def put(content: bytes, file: Path) -> None:
    """Gives the content its name only once all of it is on disk."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".download-") as folder:
        unfinished = Path(folder, file.name)
        unfinished.write_bytes(content)
        unfinished.replace(file)


def reason(error: Exception) -> object:
    """What an error says, less the wrapping of a connection that did not come about."""
    return error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error


def fetch(addresses: list[str], file: Path, seconds: float) -> bool:
    """Tries the addresses in turn; says of each failed one why. True once the file is there."""
    for address in addresses:
        try:
            content = download(address, seconds)
            check(content)
            put(content, file)
        except (OSError, HTTPException, ValueError, OverflowError, BadDownload) as error:
            print(f"{address}: {reason(error)}", file=sys.stderr)
        else:
            return True
    return False


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--to", type=Path, default=FILE, help="file to write (default: in data/)")
    parser.add_argument("--address", action="append", help="where to look instead; may be repeated")
    parser.add_argument("--timeout", type=float, default=SILENCE_SECONDS, help="seconds to wait for a byte")
    args = parser.parse_args(argv)
    if is_there(args.to):
        print(f"{args.to}: already there, size and SHA-256 are right")
        return 0
    if not fetch(args.address or list(ADDRESSES), args.to, args.timeout):
        print(f"{args.to}: not downloaded, nothing was changed", file=sys.stderr)
        print("Where there is no network, put the file there by hand; make data checks it.", file=sys.stderr)
        return 1
    print(f"{args.to}: {SIZE:,} bytes, size and SHA-256 are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
