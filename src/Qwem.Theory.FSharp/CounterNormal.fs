/// Random numbers that are a function of their place: no state, any order, any number of threads.
module internal Qwem.Theory.CounterNormal

open System

/// A bijection of 64 bits whose output bits each depend on all input bits: three xor-shifts, two odd multipliers (the finaliser of
/// SplitMix64: Steele, Lea and Flood 2014).
let private mix (x: uint64) =
    let a = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
    let b = (a ^^^ (a >>> 27)) * 0x94D049BB133111EBUL
    b ^^^ (b >>> 31)

/// An odd number near 2^64 divided by the golden ratio: consecutive places start far apart.
let private step = 0x9E3779B97F4A7C15UL

/// The key of one stream: every coordinate is mixed in before the next.
let key (seed: uint64) (first: int) (second: int) =
    let a = mix (seed + step)
    let b = mix (a + step * (uint64 first + 1UL))
    mix (b + step * (uint64 second + 1UL))

// In (0, 1): 53 bits and a half.
let private uniform (bits: uint64) =
    (float (bits >>> 11) + 0.5) * Math.ScaleB(1.0, -53)

/// Standard normals number 0 .. n - 1 of a stream (Box and Muller's two per pair of uniforms).
let fill (key: uint64) (target: float[]) n =
    for pair in 0 .. (n - 1) / 2 do
        let r = sqrt (-2.0 * log (uniform (mix (key + step * (2UL * uint64 pair + 1UL)))))

        let angle = 2.0 * Math.PI * uniform (mix (key + step * (2UL * uint64 pair + 2UL)))

        target[2 * pair] <- r * cos angle

        if 2 * pair + 1 < n then
            target[2 * pair + 1] <- r * sin angle
