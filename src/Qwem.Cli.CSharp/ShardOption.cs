using System.CommandLine;
using Qwem.Sim.Corpora;

namespace Qwem.Cli;

/// <summary>The option --shard: shard k of n.</summary>
internal static class ShardOption
{
    /// <summary>The option, refused with its form in the message.</summary>
    public static Option<Shard?> Create() => new("--shard")
    {
        Description = $"Count the k-th of n shares, which may cut documents and still count every pair once; 1 <= k <= n <= {ShardSet.MostShards}.",
        HelpName = "k/n",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            string[] parts = text.Split('/');
            if (parts.Length == 2
                && int.TryParse(parts[0], out int number)
                && int.TryParse(parts[1], out int count)
                && number >= 1 && number <= count && count <= ShardSet.MostShards)
            {
                return new Shard(number, count);
            }
            result.AddError($"The value '{text}' of --shard is not possible; give k/n with 1 <= k <= n <= {ShardSet.MostShards}, for instance 2/8");
            return null;
        },
    };
}
