using System.CommandLine;
using Qwem.Fuzz;

Option<long> cases = Integer("--cases", "How many inputs to read.", 1_000_000, 1);
Option<long> seed = Integer("--seed", "Seed of the inputs.", 1, 0);
Option<long?> only = new("--only") { Description = "Run the one case of this number and keep its files.", HelpName = "number" };
RootCommand root = new(
    "Read changed and random text, archives, .qcooc, .qtok, .npz and vocabularies. Ends with 1 when a reader fails; the failed case is printed with its number.")
{
    cases, seed, only,
};
root.SetAction(parsed => FuzzCommand.Run(parsed.GetValue(cases), (ulong)parsed.GetValue(seed), parsed.GetValue(only)));
return root.Parse(args).Invoke();

static Option<long> Integer(string name, string description, long usual, long least)
{
    Option<long> option = new(name) { Description = description, HelpName = "number", DefaultValueFactory = _ => usual };
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<long>() < least) result.AddError($"{name} must be at least {least}.");
    });
    return option;
}
