namespace Qwem.Sim.Threading;

/// <summary>How far a long job has come.</summary>
/// <param name="Done">What is done: bytes, tokens, words, steps, rows or eigenpairs, as the job says.</param>
/// <param name="Total">The same of the whole job; 0 where it is not known, as the bytes of a pipe.</param>
public readonly record struct WorkProgress(long Done, long Total)
{
    /// <summary>Share done, 0 to 1; 0 where the whole is not known.</summary>
    public double Share => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : 0;
}
