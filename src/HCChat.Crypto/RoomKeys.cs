using System.Buffers.Binary;

namespace HCChat.Crypto;

/// <summary>Every key that one root gives in one room (spec/crypto.md §2). Prints its public key id, never a key.</summary>
public sealed class RoomKeys : IDisposable
{
    /// <summary>Bytes of a root key or of the room key in an invite link.</summary>
    public const int RootSize = 32;

    private readonly byte[] _channelBytes;
    private readonly Secret _attachments;
    private readonly Secret _calls;
    private readonly Secret _sharing;

    /// <summary>Derives the room's keys. Takes over <paramref name="root"/> and disposes it with itself.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: the root is not 32 bytes, or the channel is not Unicode.</exception>
    public RoomKeys(Secret root, string channel)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (root.Length != RootSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        Channel = channel;
        Root = root;
        _channelBytes = Derivation.Utf8(channel);
        using var kid = Derive("kid", 8);
        KidBytes = kid.Reveal().ToArray();
        Kid = Base64Text.EncodeUrl(KidBytes);
        Messages = Derive("msg", 32);
        _attachments = Derive("att", 32);
        _calls = Derive("rtc", 32);
        _sharing = Derive("share", 32);
    }

    /// <summary>The room.</summary>
    public string Channel { get; }

    /// <summary>The key's public name, 11 characters; people may compare it aloud.</summary>
    public string Kid { get; }

    /// <summary>The root: what an invite link carries for rooms without a passphrase.</summary>
    internal Secret Root { get; }

    internal byte[] KidBytes { get; }

    internal Secret Messages { get; }

    internal Secret Attachments => _attachments;

    internal Secret Calls => _calls;

    internal Secret Sharing => _sharing;

    /// <summary>The key of an object in the bare form, for which no key travels in a message (spec/crypto.md §7).</summary>
    public Secret FileKey(string scheme, string objectKey) =>
        Derivation.Hkdf(
            _attachments,
            Derivation.Product + "file",
            Derivation.Join("", Derivation.Utf8(scheme), Derivation.Utf8(objectKey)),
            32
        );

    /// <summary>The media key of one participant in one epoch of a call (spec/crypto.md §8).</summary>
    public Secret CallKey(string callId, string identity, uint epoch)
    {
        var info = Derivation.Join("", Derivation.Utf8(callId), Derivation.Utf8(identity));
        Array.Resize(ref info, info.Length + sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(info.AsSpan(info.Length - sizeof(uint)), epoch);
        return Derivation.Hkdf(_calls, Derivation.Product + "rtc-sender", info, 32);
    }

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        Root.Dispose();
        Messages.Dispose();
        _attachments.Dispose();
        _calls.Dispose();
        _sharing.Dispose();
    }

    /// <summary>The key id.</summary>
    public override string ToString() => Kid;

    private Secret Derive(string label, int length) =>
        Derivation.Hkdf(
            Root,
            Derivation.Product + "root",
            Derivation.Join(Derivation.Product + label, _channelBytes),
            length
        );
}
