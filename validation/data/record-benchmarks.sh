#!/bin/sh
# Makes benchmarks-enwiki-17m.csv: official benchmarks of vectors made from 16.9 million words, by the command qwem alone.
# Usage: QWEM="dotnet PATH/qwem.dll" sh record-benchmarks.sh TEXT QUESTIONS MEN WORDSIM SIMLEX WORK-FOLDER > benchmarks-enwiki-17m.csv
# About twenty minutes on two cores; all rows but word2vec's, whose threads do not wait for one another, are the same bytes each time.
set -eu
text=$1 questions=$2 men=$3 wordsim=$4 simlex=$5 work=$6
qwem() { ${QWEM:-qwem} "$@"; }
quietly() { qwem "$@" >&2; }

echo "method,benchmark,part,items,known,correct,value,lower,upper"
# evaluate METHOD VECTORS
evaluate() {
    qwem evaluate "$2" --csv --questions "$questions" --similarity "$men" "$wordsim" "$simlex" | sed "1d;s/^/$1,/"
}

mkdir -p "$work"
quietly count "$text" -V 10000 -L 16 -o "$work/counts.qcooc"
quietly corpus prepare "$text" -o "$work/corpus.qtok"

for target in sym xe ppmi; do
    quietly embed "$work/counts.qcooc" -d 200 --target $target --shrinkage 0 -o "$work/$target.bin"
    evaluate $target "$work/$target.bin"
done
quietly embed "$work/counts.qcooc" -d 200 --target sym --shrinkage auto -o "$work/shrunk.bin"
evaluate sym-shrunk "$work/shrunk.bin"
quietly embed "$work/counts.qcooc" -d 200 --target sym --prior-rounds 3 -o "$work/rounds.bin"
evaluate sym-rounds "$work/rounds.bin"

quietly train "$work/counts.qcooc" --loss sym --reweight constant --reweight-by draws -d 200 --sigma 1 \
    --schedule linear:6000 --steps 60000 --seed 1 -o "$work/qwem"
evaluate qwem "$work/qwem/embeddings.npy"

quietly embed "$work/counts.qcooc" -d 200 --exact --loss sgns --reweight skipgram --negative-ratio 5 --negative-power 0.75 -o "$work/word2vec-end.bin"
evaluate word2vec-end "$work/word2vec-end.bin"

for seed in 1 2 3; do
    quietly train "$work/corpus.qtok" --mode word2vec --loss sgns -V 10000 -d 200 --window 16 --epochs 3 --seed $seed -o "$work/word2vec-$seed.bin"
    evaluate word2vec-$seed "$work/word2vec-$seed.bin"
done
