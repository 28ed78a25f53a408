namespace Qwem.Sim.Corpora;

/// <summary>What becomes of words outside the vocabulary.</summary>
public enum OutOfVocabularyRule
{
    /// <summary>They are taken out before windows are laid, so that windows reach across the gaps.</summary>
    Removed,

    /// <summary>They keep their places, so that distances are those of the text, but count nothing.</summary>
    Masked,
}
