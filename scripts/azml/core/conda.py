"""Conda's packages: how one is written in a conda file, and what it is called on PyPI."""

import re
from dataclasses import dataclass

# Names that differ. Sources: the recipes of conda-forge and of the defaults channel.
PYPI_NAMES = {
    "dask-core": "dask",
    "faiss-gpu": "faiss-cpu",
    "graphviz": "",
    "keras-gpu": "keras",
    "libopencv": "opencv-python-headless",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "protobuf3": "protobuf",
    "psycopg2": "psycopg2-binary",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "ruamel_yaml": "ruamel.yaml",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}
# Programs and libraries that are no Python packages: a wheel brings its own, or a step does without.
_NOT_PYTHON = re.compile(
    r"_.*|lib(?!clang|cst|rosa|tpu).*|cuda.*|cudnn|cudatoolkit|pytorch-cuda|pytorch-mutex|cpuonly|nccl|mkl|mkl-.*"
    r"|(open)?blas|openmp|llvm-openmp|intel-openmp|openssl|ca-certificates|g(cc|xx|fortran)([-_].*)?|binutils.*"
    r"|compilers|c(xx)?-compiler|fortran-compiler|clang.*|make|git|git-lfs|curl|wget|unzip|zip|p7zip|tree|vim"
    r"|nano|tmux|ffmpeg|openjdk|java-jdk|maven|nodejs|yarn|r|r-.*|openmpi|mpich|mpi|ncurses|readline|sqlite|tk|xz"
    r"|zlib|zstd|bzip2|lz4-c|ld_impl.*|pandoc|texlive.*|geos|proj|gdal|hdf5|icu|freetype|jpeg|krb5|m2-.*|vc"
    r"|vs20\d\d.*|python_abi|nomkl|nvidia-apex|anaconda|conda|conda-.*|nb_conda.*|boost|boost-cpp|arrow-cpp"
)
_PACKAGE = re.compile(r"(?:[\w./-]+::)?(?P<name>[\w.-]+)\s*(?P<rest>.*)", re.DOTALL)
_BUILD = re.compile(r"(?P<version>=[^=,]+)=[^=,]*$")


@dataclass(frozen=True)
class CondaPackage:
    """An entry of a conda file: its name, the name on PyPI ("" where it has none) and a version specifier."""

    text: str
    name: str
    pypi_name: str
    specifier: str

    @property
    def is_renamed(self) -> bool:
        """Tell whether PyPI has the package under another name."""
        return self.pypi_name not in ("", self.name)


def read_conda_package(text: str) -> CondaPackage:
    """Return what an entry such as ``numpy=1.21``, ``pytorch::pytorch>=1.9`` or ``pip`` asks for."""
    match = _PACKAGE.fullmatch(text.strip())
    name = match["name"].lower() if match else text.strip()
    pypi_name = "" if _NOT_PYTHON.fullmatch(name) else PYPI_NAMES.get(name, name)
    return CondaPackage(text, name, pypi_name, _specifier(match["rest"] if match else ""))


def _specifier(rest: str) -> str:
    """Return a version of conda's as pip writes it: ``=1.21`` is any 1.21, ``1.21`` and ``==1.21`` that one.

    https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html
    """
    rest = re.sub(r"^\[(?:version=)?['\"]?(.*?)['\"]?\]$", r"\1", rest.strip())
    rest = _BUILD.sub(
        r"\1", rest.replace(" ", "") if rest[:1] in "=<>!~" else rest.split()[0] if rest else ""
    )
    alternatives = rest.split("|")
    parts = [_clause(part) for part in alternatives[-1].split(",")]
    return ",".join(part for part in parts if part)


def _clause(text: str) -> str:
    match = re.fullmatch(r"(?P<operator>==|>=|<=|!=|~=|=|<|>)?(?P<version>\d[\w.!+*-]*)", text)
    if not match:
        return ""
    operator, version = match["operator"] or "==", match["version"]
    if operator == "=":
        return f"=={version.rstrip('*').rstrip('.')}.*"
    if operator in (">=", "<=", "<", ">"):
        version = version.rstrip("*").rstrip(".")
    return f"{operator}{version}"
