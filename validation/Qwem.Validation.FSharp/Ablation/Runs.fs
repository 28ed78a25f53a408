namespace Qwem.Validation.Ablation

open System
open Qwem.Sim.LinearAlgebra
open Qwem.Sim.Training
open Qwem.Validation
open Qwem.Validation.Flows
open Qwem.Validation.Limits

/// What is read off a state of SGNS at constant weight about its leading left singular vector u, to be held against the force
/// that theory says acts on s_1.
type Pull =
    {
        /// u'M*u.
        Target: float
        /// u'2 tanh(M/2)u, entry by entry.
        Saturating: float
        /// u'Mu.
        Linear: float
    }

/// Singular values of one of the four models.
type Curve =
    {
        /// eta_alg t of the records, and the first realisation time.
        Times: float array
        Unit: float
        Values: float array array
    }

    /// Times in units of the model's own first realisation time.
    member curve.Clock = curve.Times |> Array.map (fun t -> t / curve.Unit)

/// The four models.
type Models =
    {
        /// SGNS with word2vec's weights.
        SkipGram: Curve
        /// The quartic loss with word2vec's weights.
        Quartic: Curve
        /// SGNS at constant weight, and the pull on s_1 at its records.
        Constant: Curve
        Pulls: Pull array
        /// Both: QWEM.
        Fine: Integration.ConstantWeightFlow
        Coarse: Integration.ConstantWeightFlow
        Start: DenseMatrix
        Theory: ExactTheory
        /// eta_alg t of the record of SkipGram and Quartic at which the linear growth is judged.
        Judged: float
    }

module Runs =

    /// sigma and k of the paper's ablation.
    let sigma, ratio = 1e-3, 2.0

    /// Largest local error per step of the logistic and quartic flows, and more steps than the linear growth takes.
    let tolerance, linearSteps = 1e-6, 200.0

    /// Share of its plateau that a variance may have reached while its growth is called linear.
    let linearShare = 0.01

    let private first, lastWord2Vec, lastConstant = 0.4, 8.0, 7.0

    let private pull v (target: float array) (state: DenseMatrix) team =
        let u = Integration.leadingVector state team
        let model = DenseMatrix(v, v)
        MatrixProduct.Multiply(1.0, state, false, state, true, 0.0, model, team)

        // Rows in order on one thread each, added in order.
        let quadratic (entry: int -> float) =
            Array.Parallel.init v (fun i ->
                let mutable sum = 0.0

                for j in 0 .. v - 1 do
                    sum <- sum + entry (i * v + j) * u[j]

                u[i] * sum)
            |> Array.sum

        {
            Target = quadratic (fun e -> target[e])
            Saturating = quadratic (fun e -> 2.0 * Math.Tanh(0.5 * model.Values[e]))
            Linear = quadratic (fun e -> model.Values[e])
        }

    /// Trains all four from one start.
    let train
        (setting: Setting)
        v
        d
        records
        (frequencies: Frequencies)
        target
        kappa
        (linear: DenseMatrix -> Linearisation)
        =
        let team, cancellation = setting.Team, setting.Cancellation

        let told name fraction =
            setting.Progress.Invoke($"ablation: {name}", fraction)

        let start = Initialisation.Gaussian(v, d, sigma, setting.Seed)
        let theory = ExactTheory.make target kappa start sigma team
        let linearised = linear start
        let own = Linearisation.realisation linearised
        let judged = Linearisation.timeTo linearShare linearised

        let uneven =
            Array.append (Curves.logSpaced first lastWord2Vec records |> Array.map (fun t -> t * own)) [| judged |]
            |> Array.sort
            |> Array.distinct

        let word2Vec, constant =
            Weights.word2Vec frequencies ratio, Weights.constant frequencies ratio

        let values _ state = Integration.singularValues state team

        let unevenRun name field =
            {
                Times = uneven
                Unit = own
                Values = Integration.run field start uneven tolerance 0.8 values team (told name) cancellation
            }

        let unit = ExactTheory.realisation theory 0

        let times =
            Curves.logSpaced first lastConstant records |> Array.map (fun t -> t * unit)

        let sgns =
            let times = times |> Array.map (fun t -> 2.0 * t)

            let observed =
                Integration.run
                    (LogisticField(constant.Positive, constant.Negative, start, team))
                    start
                    times
                    tolerance
                    0.8
                    (fun index state -> values index state, pull v target state team)
                    team
                    (told "logistic loss, constant weight")
                    cancellation

            {
                Times = times
                Unit = 2.0 * unit
                Values = Array.map fst observed
            },
            Array.map snd observed

        let quartic =
            PairwiseObjective.FromWeights(word2Vec.Positive, word2Vec.Negative, 0.125, 0.5, 0.125, -0.5)

        let both =
            PairwiseObjective.FromWeights(constant.Positive, constant.Negative, 0.25, 1.0, 0.25, -1.0)

        let basis = SymmetricEigenSolver.Decompose(both.Linear, team)
        let kept = [| 0 .. records / 10 .. records - 1 |]

        let flow fine =
            Integration.constantWeight both basis start times kept fine team (told "QWEM") cancellation

        {
            SkipGram =
                unevenRun
                    "logistic loss, word2vec's weights"
                    (LogisticField(word2Vec.Positive, word2Vec.Negative, start, team))
            Quartic = unevenRun "quartic loss, word2vec's weights" (DirectField(quartic, start, team))
            Constant = fst sgns
            Pulls = snd sgns
            Fine = flow true
            Coarse = flow false
            Start = start
            Theory = theory
            Judged = judged
        }
