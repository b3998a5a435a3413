using System.Buffers.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Proves our key to the server, once for each connection and before any room is asked for (spec/protocol.md, Identities).</summary>
internal sealed class IdentityProof(SigningIdentity identity, Uri endpoint, Action<ReadOnlyMemory<byte>> post)
{
    private const int NonceSize = 32;
    private volatile HashSet<string>? _channels;

    /// <summary>Asked, and not answered yet.</summary>
    public bool IsUnderway => _channels is not null;

    /// <summary>The server does not believe it, for a reason that time does not cure.</summary>
    public IdentityRefusedException? Refused { get; private set; }

    /// <summary>The name that is signed: as a browser's <c>location.hostname</c> has it.</summary>
    private string Host =>
        endpoint.HostNameType == UriHostNameType.IPv6 ? endpoint.Host : endpoint.IdnHost.ToLowerInvariant();

    /// <summary>Answers the nonce of a <c>session</c> frame.</summary>
    /// <param name="channels">The rooms that came with the session.</param>
    public void Begin(JsonElement session, HashSet<string> channels)
    {
        _channels = channels;
        var nonce = new byte[NonceSize];
        var isNonce =
            Base64Url.TryDecodeFromChars(session.Text("nonce") ?? "", nonce, out var size) && size == NonceSize;
        post(
            Frames.Command(
                "identify",
                ("key", identity.Key.Text),
                ("sig", isNonce ? identity.ProveTo(Host, nonce) : "")
            )
        );
    }

    /// <summary>The server believes it. Gives the rooms of <see cref="Begin"/>; null when nothing was asked.</summary>
    public HashSet<string>? End() => Interlocked.Exchange(ref _channels, null);

    /// <summary>The server does not. For a reason that passes, another connection may do better.</summary>
    public void Refuse(Refusal refusal)
    {
        _channels = null;
        Refused = refusal.IsTemporary ? null : new IdentityRefusedException(refusal);
    }

    /// <summary>The connection is lost.</summary>
    public void Forget() => _channels = null;
}

/// <summary>Somebody waits at a door.</summary>
internal sealed record Knock(byte[] Frame)
{
    /// <summary>The connection on which it was last heard; null before the first time.</summary>
    public object? PostedOn { get; set; }

    public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
