namespace Qwem.Sim.Descent;

/// <summary>Where the pairs of one sign come from.</summary>
/// <remarks>
/// The pairs of a step are a function of the step's number alone: a run that resumes at step s asks for s and gets what the
/// undisturbed run got. Drawn by one thread at a time, in order or not; must not allocate. A descent ends with an exception when a word
/// is V or more.
/// </remarks>
public interface IPairSource
{
    /// <summary>V: words are 0 .. V - 1.</summary>
    int VocabularySize { get; }

    /// <summary>True if the pairs have weights of their own.</summary>
    bool Weighted { get; }

    /// <summary>Total mass of the sign: the loss has this times the (weighted) mean over the pairs.</summary>
    double Mass { get; }

    /// <summary>Draws the pairs of a step.</summary>
    /// <param name="stepNumber">Number of the step, from 0.</param>
    /// <param name="draws">Receives as many pairs as it has room for.</param>
    void Draw(long stepNumber, PairDraws draws);
}
