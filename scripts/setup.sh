# Sourced by scripts/demo and scripts/test: installs what is missing and builds. Not a command of its own.

say() { printf '%s\n' "spikewell: $*"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
        say "needs root or sudo to install: $*" >&2
        return 1
    fi
}

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# install_missing PACKAGE ...: with apt, only what is not there yet.
install_missing() {
    local missing=()
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        say "this system has no apt; please install the equivalents of: ${missing[*]}" >&2
        return 1
    fi
    say "installing with apt: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# What CMakeLists.txt looks for.
libraries=(libeigen3-dev libtbb-dev libboost-graph-dev nlohmann-json3-dev libcli11-dev libfmt-dev librandom123-dev libpng-dev
    zlib1g-dev libhdf5-dev libmatio-dev libxxhash-dev catch2 libbenchmark-dev)

# What src/python looks for, and, with h5py, the readers of tests/exchange.
module_packages=(pybind11-dev python3-dev python3-numpy)
python_packages=("${module_packages[@]}" python3-h5py)

# What docs/site and the check of the stubs look for.
docs_packages=(python3-sphinx python3-myst-parser furo doxygen python3-nbclient python3-nbconvert python3-ipykernel
    python3-matplotlib mypy)

install_build_packages() {
    install_missing g++ cmake ninja-build ca-certificates "${libraries[@]}"
}

# configure CMAKE-OPTION ...: with the interpreter that has apt's packages, whichever else comes first in PATH.
configure() {
    local python=()
    if [ -x /usr/bin/python3 ]; then python=(-DPython3_EXECUTABLE=/usr/bin/python3); fi
    cmake "$@" "${python[@]}"
}

# build PRESET [TARGET ...]
build() {
    local preset=$1
    shift
    local log
    log=$(mktemp)
    if ! { configure --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
