namespace Qwem.Validation.CriticalSize

open System
open Qwem.Reports
open Qwem.Sim.Evaluation
open Qwem.Validation
open Qwem.Validation.Meaning

module Gates =

    let private permutations = 20_000

    /// Whether Eq. (62) orders the families. A belief is a list of predicted sizes.
    let rank (measured: float array) (beliefs: (string * float array) list) (seed: uint64) : Gate<float array> * float =
        let correct = snd beliefs.Head

        // Ties are those of the data themselves: the same ranks in every order.
        let shuffled =
            Array.init permutations (fun draw ->
                let order =
                    Resampling.shuffled (Resampling.random seed 1 draw) measured.Length

                Critical.correlation (order |> Array.map (fun i -> correct[i])) measured)

        let least = Resampling.quantile 0.99 shuffled

        {
            Id = "critical-size/order"
            Claim =
                "The Gaussian estimator of Eq. (62) orders the families by the model size from which they are solved."
            Metric = "1 − Spearman's rank correlation between predicted and measured critical sizes"
            Tolerance =
                {
                    Bound = 1.0 - least
                    Because =
                        $"1 minus the correlation that predictions dealt to the families at random exceed in 1%% of {permutations} seeded permutations, the same ties in each: {Numbers.short least} for these {measured.Length} families"
                }
            Gap = fun predicted -> 1.0 - Critical.correlation predicted measured
            Mutations = List.tail beliefs
        },
        least

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
            Metric =
                "largest difference of accuracy over all families between the two, over the times of training"
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
