#!/bin/sh
# Builds, tests and measures trialforge on a machine with an NVIDIA GPU, CUDA's nvcc, a C++20 compiler and
# CMake, and without a network. Part of the bundle that `npm run bundle` packs.
set -u
bundle=$(cd "$(dirname "$0")" && pwd)
work=$bundle/work
out=${OUT:-}
budget=0
only=
jobs=$(nproc)
python=${TRIALFORGE_BENCH_PYTHON:-python3}
stages='build native sanitizer kernels typescript profile bench-native bench-torch ncu'

usage() {
  cat <<USAGE
Usage: sh run.sh [--out DIR] [--work DIR] [--budget SECONDS] [--only STAGE,...] [--jobs N]

  Unpacks the archives beside it and runs these stages, each with its log; one that fails does not stop
  the others. What was built stays, so that another call goes on from there.

    build         the addon, the native tests and trialforge_bench, by this machine's nvcc and CMake
    native        the native tests, on the GPU and the CPU
    sanitizer     some of them under compute-sanitizer: memcheck, racecheck, initcheck
    kernels       registers and spills of every kernel
    typescript    the TypeScript tests that use a device
    profile       trialforge profile: a network's steps by layer, single operations, a trace
    bench-native  trialforge_bench on the GPU, each subject and precision
    bench-torch   the same next to PyTorch, where python3 has it
    ncu           some kernels under Nsight Compute

  --out DIR        results.tar.gz and summary.txt go there (default: \$OUT or results beside this file)
  --work DIR       where it unpacks and builds (default: work beside this file)
  --budget SECONDS all stages together; what does not fit is left out (default: no limit)
  --only LIST      only these stages
  --jobs N         of the build (default: one a core)
  TRIALFORGE_CUDA=OFF builds without CUDA, TRIALFORGE_BENCH_PYTHON names the interpreter with PyTorch
USAGE
}

while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --out | --work | --budget | --only | --jobs)
      if [ $# -lt 2 ]; then usage >&2; exit 2; fi
      case $1 in
        --out) out=$2 ;;
        --work) work=$2 ;;
        --budget) budget=$2 ;;
        --only) only=$(echo "$2" | tr ',' ' ') ;;
        --jobs) jobs=$2 ;;
      esac
      shift ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
for number in "$budget" "$jobs"; do
  case $number in '' | *[!0-9]*) echo "run.sh: '$number' is no whole number" >&2; exit 2 ;; esac
done
for stage in $only; do
  case " $stages " in
    *" $stage "*) ;;
    *) echo "run.sh: there is no stage '$stage'; there are: $stages" >&2; exit 2 ;;
  esac
done

: "${out:=$bundle/results}"
mkdir -p "$out" "$work" || exit 1
out=$(cd "$out" && pwd)
work=$(cd "$work" && pwd)
root=$work/trialforge
results=$work/results
summary=$out/summary.txt
started=$(date +%s)
failures=0
rm -rf "$results"
mkdir -p "$results"
: >"$summary"

say() {
  echo "$*"
  echo "$*" >>"$summary"
}

wanted() {
  [ -z "$only" ] && return 0
  case " $only " in *" $1 "*) return 0 ;; esac
  return 1
}

# What is left of the budget, and no more than $1 seconds; keeps some to pack the results.
allowed() {
  [ "$budget" -eq 0 ] && { echo "$1"; return; }
  left=$((budget - ($(date +%s) - started) - 10))
  [ "$left" -lt "$1" ] && echo "$left" || echo "$1"
}

# Why a log's command failed: its first failed test, or its last words.
reason() {
  grep -m 1 -E '^(not ok|FAILED)' "$1" || grep -v '^ *$' "$1" | tail -n 1
}

# step NAME SECONDS COMMAND...: one command with a log of its own and a limit.
step() {
  name=$1
  limit=$(allowed "$2")
  shift 2
  if [ "$limit" -lt 5 ]; then
    say "left out  $name: no time"
    return 1
  fi
  begin=$(date +%s)
  timeout -k 5 "$limit" "$@" >"$results/$name.log" 2>&1 </dev/null
  status=$?
  took=$(($(date +%s) - begin))
  case $status in
    0) say "ok        $name, $took s" ;;
    124 | 137) say "timed out $name, $took s"; failures=$((failures + 1)) ;;
    *) say "FAILED    $name (status $status), $took s: $(reason "$results/$name.log")"
       failures=$((failures + 1)) ;;
  esac
  return $status
}

unpack() {
  [ -e "$root/.unpacked" ] && return
  for archive in "$bundle"/*.tar.xz; do
    tar -xJf "$archive" -C "$work" || { say "FAILED    unpacking $archive"; exit 1; }
  done
  touch "$root/.unpacked"
}

unpack
cd "$root" || exit 1
PATH=$root/bin:$PATH
for cuda in /usr/local/cuda/bin /usr/local/cuda/nsight-compute; do
  [ -d "$cuda" ] && PATH=$PATH:$cuda
done
export PATH
{
  uname -a
  nproc
  nvidia-smi
  nvcc --version
  c++ --version
  cmake --version
  node --version
  "$python" -c 'import torch; print("PyTorch", torch.__version__, torch.cuda.is_available())'
} >"$results/machine.log" 2>&1
has_device=0
nvidia-smi -L >/dev/null 2>&1 && has_device=1
[ $has_device = 1 ] || say 'no NVIDIA device answers: only what needs none is run'
device=cpu
[ $has_device = 1 ] && device=cuda
bench=build/native/bench/trialforge_bench
tests=build/native/test/trialforge_native_tests

configure() {
  generator=
  command -v ninja >/dev/null && generator='-G Ninja'

  # shellcheck disable=SC2086
  cmake -S . -B build $generator -DCMAKE_BUILD_TYPE=Release -DTRIALFORGE_NATIVE_TESTS=ON \
    -DTRIALFORGE_CUDA="${TRIALFORGE_CUDA:-AUTO}" \
    ${CMAKE_CUDA_ARCHITECTURES:+-DCMAKE_CUDA_ARCHITECTURES="$CMAKE_CUDA_ARCHITECTURES"} \
    "-DCMAKE_JS_INC=$root/node_modules/node-api-headers/include;$root/node_modules/node-addon-api"
}

if wanted build; then
  configure >"$results/configure.log" 2>&1 || say "FAILED    configure: $(tail -n 1 "$results/configure.log")"
  step build 3000 cmake --build build --parallel "$jobs" \
    --target trialforge_addon trialforge_native_tests trialforge_bench
fi
[ -x "$tests" ] || say 'not built: most of the rest will fail'

if wanted native; then
  step native 300 "$tests"
fi
if wanted sanitizer && [ $has_device = 1 ]; then
  if command -v compute-sanitizer >/dev/null; then
    step memcheck 120 compute-sanitizer --tool memcheck --error-exitcode 9 "$tests" 'on cuda'
    for tool in racecheck initcheck; do
      for filter in softmax conv2d dense pool; do
        step "$tool-$filter" 60 compute-sanitizer --tool $tool --error-exitcode 9 "$tests" $filter
      done
    done
  else
    say 'left out  sanitizer: there is no compute-sanitizer'
  fi
fi
if wanted kernels; then
  step kernels 30 node scripts/kernel-table.mjs --check
  cp bench/KERNELS.md "$results/KERNELS-kept.md" 2>/dev/null
  node scripts/kernel-table.mjs >"$results/KERNELS.md" 2>/dev/null
fi
if wanted typescript; then
  files=$(ls dist/test/native/*.test.js dist/test/nn/network.test.js dist/test/cli/profile.test.js)
  # shellcheck disable=SC2046,SC2086
  step typescript 240 env TRIALFORGE_ADDON="$root/build/Release/trialforge.node" \
    node node_modules/ava/entrypoints/cli.mjs --tap $files \
    $(find dist/test -path '*cuda*' -name '*.test.js')
fi
profile() {
  name=$1
  shift
  step "profile-$name" 60 node dist/src/cli/main.js profile "$@" --device $device
}
if wanted profile; then
  profile network --trace "$results/network.trace.json"
  profile network-512 --batch-size 32 --hidden-size 512
  for operation in conv2d dense max_pool2d relu adam mat_mul; do profile $operation $operation; done
fi
precisions=float32
[ $has_device = 1 ] && precisions='float32 tf32 bfloat16'
if wanted bench-native; then
  for subject in $("$bench" --help | sed -n '/^Subjects:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
    for precision in $precisions; do
      step "bench-$subject-$precision" 120 "$bench" "$subject" --device $device \
        --precision $precision --seconds 0.05 --repeats 3
    done
  done
fi
if wanted bench-torch; then
  if "$python" -c 'import torch' >/dev/null 2>&1; then
    for subject in cnn conv dense pool trial-array; do
      for precision in $precisions; do
        step "torch-$subject-$precision" 300 node dist/bench/main.js $subject --device $device \
          --precision $precision --rounds 1 --python "$python" \
          --out "$results/torch-$subject-$precision.json"
      done
    done
  else
    say "left out  bench-torch: $python has no PyTorch"
  fi
fi
if wanted ncu && [ $has_device = 1 ]; then
  if command -v ncu >/dev/null; then
    for subject in cnn conv dense; do
      step "ncu-$subject" 120 ncu --set basic --clock-control none --kernel-name-base demangled \
        --kernel-name 'regex:^(?!.*multiply_add_kernel)' --launch-count 40 "$bench" $subject \
        --device cuda --seconds 0.0001 --repeats 1
    done
  else
    say 'left out  ncu: it is not here'
  fi
fi

say "$failures failed, $(($(date +%s) - started)) s in all"
cp "$summary" "$results/"
tar -czf "$out/results.tar.gz" -C "$work" results
[ "$failures" = 0 ]
