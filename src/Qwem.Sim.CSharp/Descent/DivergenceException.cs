namespace Qwem.Sim.Descent;

/// <summary>A descent left the range of its numbers; the message says when, how, and which learning rate might do.</summary>
public sealed class DivergenceException : ArithmeticException
{
    /// <summary>An exception without a message of its own.</summary>
    public DivergenceException()
    {
    }

    /// <summary>An exception that says what happened.</summary>
    /// <param name="message">One sentence.</param>
    public DivergenceException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what happened and keeps its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">What went wrong inside.</param>
    public DivergenceException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
