namespace Qwem.Validation

open System
open System.Threading
open Qwem.Sim.Descent
open Qwem.Sim.LinearAlgebra
open Qwem.Theory

/// <summary>The model at a moment of training under any loss of pairs, through its sequence of saddles.</summary>
/// <remarks>The command's bridge to the theory, as TrainingTime is; docs/derivations.md section 11. Every mode begins with the length sigma along its direction at the origin.</remarks>
[<Sealed>]
type SaddleMoment private (saddles: SaddleSequence, lengths: float array, mode: int, time: float) =

    /// <summary>The largest V: 64 V^2 bytes and 760 V n^2 for n modes are needed, and the time of a mode grows as V^2.</summary>
    static member LargestVocabulary = 5000

    /// <summary>Follows modes one by one until the moment is reached.</summary>
    /// <param name="loss">The loss of a pair.</param>
    /// <param name="positive">p, V x V.</param>
    /// <param name="negative">q, V x V.</param>
    /// <param name="dimension">How many modes are followed at most, from the mode of the moment on.</param>
    /// <param name="sigma">The length of every mode at the start, positive.</param>
    /// <param name="moment">The moment, in half-rise times of a mode.</param>
    /// <param name="progress">Called with the number of the mode, from 1, and the fraction done of it.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="T:System.ArithmeticException">The mode of the moment is never learned, or a mode before it is too slow for its path.</exception>
    static member Compute
        (
            loss: PairLoss,
            positive: DenseMatrix,
            negative: DenseMatrix,
            dimension: int,
            sigma: float,
            moment: TrainingTime,
            progress: Action<int, float>,
            cancellation: CancellationToken
        ) : SaddleMoment =
        let p, q = positive.Values, negative.Values

        let pairs =
            if loss.IsLogistic then
                PairwiseLoss.Logistic(p, q)
            else
                let weight =
                    Array.map2 (fun p q -> loss.PositiveQuadratic * p + loss.NegativeQuadratic * q) p q

                // The minimum of G x^2 - (b p + d q) x.
                let target =
                    Array.map3 (fun g p q -> (loss.PositiveLinear * p + loss.NegativeLinear * q) / (2.0 * g)) weight p q

                PairwiseLoss.Quadratic(weight, target)

        let lengths = Array.create positive.Rows sigma
        let modes = min dimension (positive.Rows - 1)

        let halfRises (saddles: SaddleSequence) =
            let times = saddles.HalfRiseTimes lengths

            match Array.tryFindIndex Double.IsNaN times with
            | Some k ->
                raise (
                    ArithmeticException
                        $"Mode {k + 1} does not reach half of its height within 60 e-foldings of its growth, for rare words learn much more slowly under this weight; weigh rare words more, or take fewer words."
                )
            | None -> times

        let time (saddles: SaddleSequence) =
            moment.Multiple * (halfRises saddles)[moment.Mode - 1]

        let isBefore (saddles: SaddleSequence) =
            Array.last (halfRises saddles) < (if saddles.Count < moment.Mode then infinity else time saddles)

        let saddles =
            SaddleSequence.FollowWhile(
                pairs,
                modes,
                isBefore,
                (fun mode fraction ->
                    cancellation.ThrowIfCancellationRequested()
                    progress.Invoke(mode + 1, fraction))
            )

        if saddles.Count < moment.Mode then
            raise (
                ArithmeticException
                    $"Mode {moment.Mode} is never learned under this loss: after {saddles.Count} modes no further direction grows; give the time of an earlier mode."
            )

        SaddleMoment(saddles, lengths, moment.Mode, time saddles)

    /// <summary>eta_alg t of the moment.</summary>
    member _.Time = time

    /// <summary>How many modes were followed.</summary>
    member _.Followed = saddles.Count

    /// <summary>How many have passed half of their squared height.</summary>
    member _.Risen =
        saddles.HalfRiseTimes lengths
        |> Array.filter (fun half -> half <= time)
        |> Array.length

    /// <summary>How far the start is from vanishing, for the mode of the moment and those before: `SaddleSequence.Smallness`.</summary>
    member this.Smallness =
        saddles.Smallness lengths |> Array.truncate (max mode this.Risen) |> Array.max

    /// <summary>Above this smallness the times are not to be relied on, as in the reports.</summary>
    static member SmallEnough = 0.3

    /// <summary>L at the moment.</summary>
    member _.Loss = saddles.LossAt(lengths, time)

    /// <summary>The vectors at the moment; numbers of modes that were not followed are 0.</summary>
    /// <param name="dimension">d, at least the number of modes that were followed.</param>
    /// <returns>V x d, single precision.</returns>
    member _.Vectors(dimension: int) : float32 array =
        let words = saddles.EmbeddingsAt(lengths, time).ToWords()
        let followed = saddles.Count

        Array.init (saddles.VocabularySize * dimension) (fun at ->
            let k = at % dimension

            if k < followed then float32 words[at / dimension * followed + k] else 0.0f)
