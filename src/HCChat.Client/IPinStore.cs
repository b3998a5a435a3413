using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// Where the keys are kept by which the nicks of one room are known: <see cref="MemoryPinStore"/> or <see cref="FilePinStore"/>. The client calls it under the
/// room's lock, one call at a time.
/// </summary>
public interface IPinStore
{
    /// <summary>The pins as they are now; the caller may change their order of use, and nothing else.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="E2eeException">They are damaged. Nobody may begin with an empty list then: all who are known would be strangers.</exception>
    Pins Read();

    /// <summary>Changes the pins, and keeps them.</summary>
    /// <exception cref="IOException">They cannot be kept; <see cref="Read"/> gives the changed ones all the same, as long as this process lives.</exception>
    /// <exception cref="E2eeException">What is kept is damaged; nothing was changed.</exception>
    void Change(Action<Pins> change);
}

/// <summary>Pins that live as long as their client: the next run takes whom it sees first.</summary>
public sealed class MemoryPinStore : IPinStore
{
    private readonly Pins _pins = new();

    /// <inheritdoc/>
    public Pins Read() => _pins;

    /// <inheritdoc/>
    public void Change(Action<Pins> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        change(_pins);
    }
}
