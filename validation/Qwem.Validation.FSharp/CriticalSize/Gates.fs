namespace Qwem.Validation.CriticalSize

open System
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Validation
open Qwem.Validation.Meaning

module Gates =

    let private permutations = 20_000

    /// The correlation that predictions dealt to the families by chance exceed once in a hundred.
    let chance (measured: float array) (predicted: float array) (seed: uint64) =
        // Ties are those of the data themselves: the same ranks in every order.
        Array.init permutations (fun draw ->
            let order = Resampling.shuffled (Resampling.random seed 1 draw) measured.Length

            Critical.correlation (order |> Array.map (fun i -> predicted[i])) measured)
        |> Resampling.quantile 0.99

    /// Whether Eq. (62) orders families, of which is said what they are if not all. A belief is a list of predicted sizes.
    let rank
        (which: string)
        (measured: float array)
        (correct: float array)
        mutations
        (seed: uint64)
        : Gate<float array> =
        let least = chance measured correct seed

        {
            Id = "critical-size/order"
            Claim =
                $"The Gaussian estimator of Eq. (62) orders the families{which} by the model size from which they are solved."
            Metric = "1 − Spearman's rank correlation between predicted and measured critical sizes"
            Tolerance =
                {
                    Bound = 1.0 - least
                    Because =
                        $"1 minus the correlation that predictions dealt to the families at random exceed in 1%% of {permutations} seeded permutations, the same ties in each: {Numbers.short least} for these {measured.Length} families"
                }
            Gap = fun predicted -> 1.0 - Critical.correlation predicted measured
            Mutations = mutations
        }

    let private median (values: float array) =
        let sorted = Array.sort values
        0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2])

    /// Pairs of a family that is large: the intervals of smaller ones span octaves.
    let leastPairs = 30

    /// Whether Eq. (62) finds the sizes themselves, for a typical family. A belief is a list of predictions.
    let size
        (learned: Learned)
        largestScanned
        (measured: Critical list)
        (mutations: (string * Critical list) list)
        : Gate<Critical list> =
        let octaves x y =
            abs (Math.Log(float x / float y)) / Math.Log 2.0

        // A family that no model solves says nothing of a size; an interval without an upper end goes on to the largest model.
        let known =
            List.zip learned.Families measured
            |> List.indexed
            |> List.choose (fun (place, (family, critical)) ->
                match critical.Estimate, critical.Lower with
                | Some size, Some lower when family.Count >= leastPairs ->
                    let upper = critical.Upper |> Option.defaultValue learned.Modes
                    Some(place, size, max (octaves upper size) (octaves size lower))
                | _ -> None)

        {
            Id = "critical-size/size"
            Claim =
                "The Gaussian estimator of Eq. (62) finds the critical size of a typical family as closely as the benchmark itself knows it."
            Metric =
                $"distance of predicted and measured critical size in octaves, median over the families of at least {leastPairs} pairs"
            Tolerance =
                {
                    Bound = known |> List.map (fun (_, _, width) -> width) |> Array.ofList |> median
                    Because =
                        "the distance from the measured size to the farther end of its 95% interval, from resampling the pairs of the family; median over the same families"
                }
            Gap =
                fun predicted ->
                    known
                    |> List.map (fun (place, size, _) ->
                        octaves (predicted[place].Estimate |> Option.defaultValue largestScanned) size)
                    |> Array.ofList
                    |> median
            Mutations = mutations
        }

    let private total (report: AnalogyReport) = report.Total.ExcludingInputs.Accuracy

    /// Accuracy over all families of the truncated model of a size, between the sizes measured linear in ln d.
    let accuracyAt (learned: Learned) (d: int) =
        let sizes, reports = learned.Sizes, learned.Reports.Value

        match Array.tryFindIndex (fun size -> size >= d) sizes with
        | None -> total (Array.last reports)
        | Some at when sizes[at] = d -> total reports[at]
        | Some 0 -> 0.0
        | Some at ->
            let share =
                Math.Log(float d / float sizes[at - 1])
                / Math.Log(float sizes[at] / float sizes[at - 1])

            total reports[at - 1] + share * (total reports[at] - total reports[at - 1])

    /// Whether a large model early in training is a small one at its end. A belief is the number of modes that a time stands for.
    let early (learned: Learned) (moments: Moment array) : Gate<float -> int> =
        // How far the accuracies of the truncated models lie from the middle one, within the mixture that the large model is.
        let spread (moment: Moment) =
            learned.Sizes
            |> Array.filter (fun d -> d >= moment.Least && d <= moment.Most)
            |> Array.append [| max 1 moment.Least; moment.Most |]
            |> Array.map (fun d -> abs (accuracyAt learned d - accuracyAt learned moment.Learned))
            |> Array.max

        let risen = EarlyTraining.risen learned

        {
            Id = "critical-size/early-is-small"
            Claim =
                "A large model early in training answers as many questions as the converged model whose size is the number of modes that have risen by half."
            Metric = "largest difference of accuracy over all families between the two, over the times of training"
            Tolerance =
                {
                    Bound = moments |> Array.map spread |> Array.max
                    Because =
                        "M(t) = Σ_{n}(f_{n} − f_{n+1})M_{n}, f_{n} = s_{n}²(t)/λ_{n}, is a mixture of the truncated models M_{n}; all but a hundredth of it at each end lies between the number of modes learned by 99% and by 1%, and the bound is how far accuracies of truncated models differ within that range, at the time of most difference"
                }
            Gap =
                fun believed ->
                    moments
                    |> Seq.map (fun moment -> abs (total moment.Report - accuracyAt learned (believed moment.Time)))
                    |> Curves.worst
            Mutations =
                [
                    "κ doubled", (fun time -> risen (2.0 * time))
                    "all modes learned at once", (fun _ -> learned.Modes)
                ]
        }
