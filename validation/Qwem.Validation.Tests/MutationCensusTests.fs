[<NUnit.Framework.TestFixture>]
module Qwem.Validation.Tests.MutationCensusTests

open NUnit.Framework
open Qwem.Validation.Mutations

[<Test>]
let ``the library passes every property of the census`` () =
    for property in Properties.all do
        let gap, bound = property.Check Formulas.correct
        TestContext.Out.WriteLine $"%.2g{gap} of %.2g{bound}: {property.Name}"
        Assert.That(gap, Is.LessThanOrEqualTo bound, property.Name)

[<Test>]
let ``every mutant is killed`` () =
    Assert.That(Mutants.all.Length, Is.GreaterThanOrEqualTo 25)

    for mutant in Mutants.all do
        let killers = Experiment.failures mutant.Formulas
        let names = killers |> List.map _.Name |> String.concat "; "
        TestContext.Out.WriteLine $"{mutant.Name}: {names}"
        Assert.That(killers, Is.Not.Empty, mutant.Name)

[<Test>]
let ``every property kills some mutant`` () =
    let killing =
        Mutants.all
        |> List.collect (fun mutant -> Experiment.failures mutant.Formulas |> List.map _.Name)
        |> Set.ofList

    for property in Properties.all do
        Assert.That(killing.Contains property.Name, property.Name)
