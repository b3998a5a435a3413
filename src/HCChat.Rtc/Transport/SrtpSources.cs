using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

/// <summary>
/// The sources that one peer is sent. Each has a number that none had before it and none will have, so that one that has ended is forgotten whole: what still comes of it finds no source and is not
/// encrypted, and no second one begins at the same number under the same key. Not for several threads at once.
/// </summary>
internal sealed class SrtpSources
{
    /// <summary>Lower numbers are not given: they are who we are in control packets.</summary>
    private const uint First = 16;

    private readonly Dictionary<uint, SrtpStream> _streams = [];

    // They are counted from anywhere on: whoever counts needs no memory of what was given, and four thousand million are more than one key sees.
    private uint _next = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));

    /// <summary>How many there are.</summary>
    public int Count => _streams.Count;

    /// <summary>A new source.</summary>
    public uint Begin()
    {
        if (_next < First)
            _next = First;
        Begin(_next);
        return _next++;
    }

    /// <summary>A source whose number somebody else has chosen.</summary>
    /// <exception cref="ArgumentException">It is there.</exception>
    public void Begin(uint ssrc) => _streams.Add(ssrc, new SrtpStream());

    /// <summary>Nothing of it is sent any more.</summary>
    public void End(uint ssrc) => _streams.Remove(ssrc);

    public bool TryFind(uint ssrc, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SrtpStream? stream) =>
        _streams.TryGetValue(ssrc, out stream);
}
