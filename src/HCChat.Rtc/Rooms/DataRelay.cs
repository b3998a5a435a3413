using Google.Protobuf;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>
/// Packets that members send one another on data channels. Who sent one is for us to say; what is in it is theirs, and where calls must be encrypted
/// nothing else goes through.
/// </summary>
internal sealed class DataRelay(CallRoom room)
{
    public const string Reliable = "_reliable";
    public const string Lossy = "_lossy";

    /// <summary>Longer ones are not passed on, in bytes.</summary>
    public const int MaxMessage = 64 * 1024;

    /// <summary>A message of a data channel. What cannot be passed on is dropped.</summary>
    public void Take(CallMember from, string label, ReadOnlySpan<byte> message)
    {
        var isReliable = label == Reliable;
        if (!isReliable && label != Lossy || !from.Grant.CanPublishData || message.Length > MaxMessage)
            return;
        if (!from.Packets.TryTake() || !from.PacketBytes.TryTake(message.Length))
            return;
        DataPacket packet;
        try
        {
            packet = DataPacket.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            return;
        }
        if (!IsPassedOn(packet.ValueCase) || isReliable && IsRepeated(from, packet.Sequence))
            return;
        Sign(packet, from);
        var bytes = packet.ToByteArray();
        foreach (var member in room.Members)
            if (member != from && IsFor(packet, member))
                member.Primary.Transport.SendData(label, bytes, binary: true);
    }

    private bool IsPassedOn(DataPacket.ValueOneofCase kind) =>
        kind switch
        {
            DataPacket.ValueOneofCase.EncryptedPacket => true,
            // Who speaks is ours to say, and statistics are for nobody here.
            DataPacket.ValueOneofCase.None or DataPacket.ValueOneofCase.Speaker or DataPacket.ValueOneofCase.Metrics =>
                false,
            _ => !room.Context.Options.RequireEncryption,
        };

    // A client that has been cut off repeats what we might not have got.
    private static bool IsRepeated(CallMember from, uint sequence)
    {
        if (sequence == 0)
            return false;
        if (sequence <= from.LastSequence)
            return true;
        from.LastSequence = sequence;
        return false;
    }

    private static void Sign(DataPacket packet, CallMember from)
    {
        packet.ParticipantIdentity = from.Identity;
        packet.ParticipantSid = from.Sid;
        if (packet.ValueCase != DataPacket.ValueOneofCase.User)
            return;
        // The same again where old clients look.
        packet.User.ParticipantIdentity = from.Identity;
        packet.User.ParticipantSid = from.Sid;
        if (packet.DestinationIdentities.Count == 0)
            packet.DestinationIdentities.AddRange(packet.User.DestinationIdentities);
    }

    private static bool IsFor(DataPacket packet, CallMember member) =>
        packet.DestinationIdentities.Count == 0 || packet.DestinationIdentities.Contains(member.Identity);
}
