namespace HCChat.Rtc.Media;

/// <summary>The buffers of one room, used again and again. No lock: the room has one.</summary>
internal sealed class PacketPool
{
    /// <summary>The longest packet that is forwarded; networks do not carry longer ones in one piece.</summary>
    public const int PacketLength = 1500;

    private const int Spare = 2048;
    private readonly Stack<byte[]> _spare = new();

    public byte[] Rent() => _spare.TryPop(out var buffer) ? buffer : new byte[PacketLength];

    public void Return(byte[] buffer)
    {
        if (_spare.Count < Spare)
            _spare.Push(buffer);
    }
}
