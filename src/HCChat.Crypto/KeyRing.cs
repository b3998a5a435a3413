namespace HCChat.Crypto;

/// <summary>The keys that a client holds for a room: it writes with the newest and reads with all.</summary>
public sealed class KeyRing : IDisposable
{
    private readonly List<RoomKeys> _keys = [];

    /// <summary>A ring that holds <paramref name="initial"/>, the last being the newest. The ring disposes them.</summary>
    public KeyRing(params ReadOnlySpan<RoomKeys> initial) => _keys.AddRange(initial);

    /// <summary>The key to write with.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.KeyUnknown"/>: the ring is empty.</exception>
    public RoomKeys Newest => _keys.Count > 0 ? _keys[^1] : throw new E2eeException(E2eeError.KeyUnknown);

    /// <summary>Adds keys and writes with them from now on; the older ones still read.</summary>
    public void Add(RoomKeys added) => _keys.Add(added);

    /// <summary>The keys of that id, or null.</summary>
    public RoomKeys? Find(string kid) => _keys.FindLast(held => held.Kid == kid);

    /// <summary>Zeroes all keys.</summary>
    public void Dispose() => _keys.ForEach(held => held.Dispose());
}
