#!/usr/bin/env bash
# Installs the real parts that the acceptance tests need, builds once, runs every test project, and ends with
# 'N passed, N failed, N skipped', counted from the runners' own result files (artifacts/test-results).
#
#   --no-install            install nothing: tests whose part is missing are skipped, and named
#   --strict                a skipped test is a failure (CI)
#   --configuration NAME    Release unless given
#
# Needs the .NET 10 SDK. Installing needs Debian or a relative of it, and root or sudo without a password.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

install=yes strict=no configuration=Release
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=no ;;
    --strict) strict=yes ;;
    --configuration) configuration=${2:?--configuration needs a name}; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done

# A program that a test starts, and Debian's package of it.
parts=(nginx:nginx haproxy:haproxy varnishd:varnish prometheus:prometheus promtool:prometheus chromium:chromium node:nodejs npm:npm)
clients=tests/EdgeProxy.AcceptanceTests/clients
results=artifacts/test-results
export PATH=$PATH:/usr/sbin:/usr/local/sbin
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

say() { printf '\n== %s\n' "$*"; }

missing_packages() {
  local part
  for part in "${parts[@]}"; do
    command -v "${part%%:*}" >/dev/null || echo "${part##*:}"
  done
}

# The packages' services must not start: they would take ports, and nothing here needs them.
install_packages() {
  local as_root=() policy=/usr/sbin/policy-rc.d ours=no code
  if ! command -v apt-get >/dev/null; then
    echo "No apt-get here: install $* by hand."
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      echo "Neither root nor sudo without a password: install $* by hand."
      return 1
    fi
  fi
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null && "${as_root[@]}" chmod 755 "$policy" && ours=yes
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$results/apt.log" 2>&1
  code=$?
  [ "$ours" = no ] || "${as_root[@]}" rm -f "$policy"
  [ "$code" = 0 ] || tail -n 20 "$results/apt.log"
  return "$code"
}

install_clients() {
  command -v npm >/dev/null || return 1
  # npm leaves a copy of the lock file where an install is whole.
  if [ ! "$clients/node_modules/.package-lock.json" -nt "$clients/package-lock.json" ]; then
    npm --prefix "$clients" ci --ignore-scripts --no-audit --no-fund
  fi
}

attribute() { sed -n "s/.*<assembly [^>]*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

rm -rf "$results"
mkdir -p "$results"
if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

if [ "$install" = yes ]; then
  say "Real parts"
  mapfile -t packages < <(missing_packages)
  [ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}" || echo "Not everything could be installed."
  install_clients || echo "The npm clients could not be installed."
fi

say "Build ($configuration)"
dotnet build EdgeProxy.sln --configuration "$configuration" --verbosity quiet || { echo "The build failed."; exit 1; }

passed=0 failed=0 skipped=0 options=()
if [ "$strict" = yes ]; then
  export EDGEPROXY_REQUIRE_ALL=1
  options=(-failSkips)
fi
run_project() {
  local name=$1 file=$results/$1$2.xml code bad
  say "$name$2"
  timeout --kill-after=10 20m "artifacts/bin/$name/${configuration,,}/$name" -noLogo -noColor "${options[@]}" -xml "$file"
  code=$?
  if [ ! -s "$file" ]; then
    echo "$name left no result file (exit code $code): counted as one failure."
    failed=$((failed + 1))
    return
  fi
  bad=$(($(attribute "$file" failed) + $(attribute "$file" errors)))
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then
    echo "$name ended with exit code $code and no failed test: counted as one failure."
    bad=1
  fi
  passed=$((passed + $(attribute "$file" passed)))
  failed=$((failed + bad))
  skipped=$((skipped + $(attribute "$file" skipped)))
}

for project in tests/EdgeProxy.*Tests/; do
  run_project "$(basename "$project")" ""
done

# What is tested on real sockets holds on the framework's transport too.
EDGEPROXY_TEST_TRANSPORT=Sockets run_project EdgeProxy.FunctionalTests .Sockets

if [ "$skipped" -gt 0 ]; then
  say "Skipped, and why"
  grep -oh '<reason><!\[CDATA\[[^]]*' "$results"/*.xml | sed 's/.*\[//' | sort | uniq -c
fi

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ $((passed + failed)) -gt 0 ]
