namespace HCChat.Rtc.Media;

/// <summary>
/// The payloads of a layer's last 1,024 packets, at most three seconds old, as they came. One for all subscribers: what was changed for one of them is
/// changed again in the same way when it is repeated.
/// </summary>
internal sealed class PacketHistory(PacketPool pool)
{
    private const int Size = 1024;
    private const int KeepMs = 3000;
    private readonly PacketPool _pool = pool;
    private Slot[]? _slots;
    private long _oldest;
    private long _newest = -1;

    private struct Slot
    {
        public long Number;
        public long AtMs;
        public byte[]? Buffer;
        public short Length;
        public bool Marker;
    }

    public void Add(long number, bool marker, ReadOnlySpan<byte> payload, long nowMs)
    {
        _slots ??= new Slot[Size];
        if (_newest < 0)
            _oldest = number;
        if (number > _newest)
            _newest = number;
        else if (number <= _newest - Size)
            return;
        ref var slot = ref _slots[number % Size];
        slot.Buffer ??= _pool.Rent();
        payload.CopyTo(slot.Buffer);
        slot.Number = number;
        slot.AtMs = nowMs;
        slot.Length = (short)payload.Length;
        slot.Marker = marker;
    }

    /// <summary>The payload of a packet, if it is still there.</summary>
    public bool TryGet(long number, out ReadOnlySpan<byte> payload, out bool marker)
    {
        payload = default;
        marker = false;
        if (_slots is null || number < 0)
            return false;
        ref var slot = ref _slots[number % Size];
        if (slot.Buffer is null || slot.Number != number)
            return false;
        payload = slot.Buffer.AsSpan(0, slot.Length);
        marker = slot.Marker;
        return true;
    }

    /// <summary>Gives back what is too old.</summary>
    public void Trim(long nowMs)
    {
        if (_slots is null)
            return;
        _oldest = Math.Max(_oldest, _newest - Size + 1);
        for (; _oldest <= _newest; _oldest++)
        {
            ref var slot = ref _slots[_oldest % Size];
            if (slot.Buffer is null)
                continue;
            if (nowMs - slot.AtMs < KeepMs)
                return;
            _pool.Return(slot.Buffer);
            slot = default;
        }
    }

    /// <summary>Gives back everything.</summary>
    public void Clear()
    {
        foreach (ref var slot in _slots.AsSpan())
            if (slot.Buffer is not null)
                _pool.Return(slot.Buffer);
        _slots = null;
        _newest = -1;
    }
}
