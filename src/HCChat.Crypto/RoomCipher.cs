namespace HCChat.Crypto;

/// <summary>A sealed message and what it says of itself.</summary>
/// <param name="Text">What goes onto the wire.</param>
/// <param name="Content">What is inside; its id is the message's <c>mid</c>.</param>
public sealed record SealedMessage(string Text, Content Content);

/// <summary>An opened message.</summary>
/// <param name="Content">What is inside, authenticated by the room's key.</param>
/// <param name="Duplicate">It came before; drop it without a word.</param>
/// <param name="NickMismatch">The server names another sender than the content does: show both.</param>
/// <param name="ClockMismatch">The sender's clock and the server's differ by more than ten minutes: show both times.</param>
/// <param name="Signer">Who signed it, to be judged by <see cref="Pins"/> under the content's nick; null when nobody did.</param>
public sealed record OpenedMessage(
    Content Content,
    bool Duplicate,
    bool NickMismatch,
    bool ClockMismatch,
    IdentityKey? Signer
);

/// <summary>What the server says of a message; none of it is authenticated.</summary>
/// <param name="Text">The text as received.</param>
/// <param name="Nick">The sender.</param>
/// <param name="Mid">The message id, when the frame has one.</param>
/// <param name="Time">When the server got it; null when that is not known.</param>
/// <param name="Whisper">Whether it is said to be for us alone.</param>
/// <param name="History">It is from before our time: its number says nothing about loss (spec/crypto.md §5).</param>
public readonly record struct ReceivedMessage(
    string Text,
    string Nick,
    string? Mid,
    DateTimeOffset? Time,
    bool Whisper,
    bool History = false
);

/// <summary>
/// Seals and opens the messages of one room: envelope, content, numbering, replay and the checks between inner and outer claims
/// (spec/crypto.md §3–§6). Safe for concurrent use.
/// </summary>
public sealed class RoomCipher : IDisposable
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly KeyRing _ring;
    private readonly string _channel;
    private readonly TimeProvider _time;
    private readonly SigningIdentity? _identity;
    private readonly ReplayGuard _guard;
    private readonly string _sid = ContentJson.NewSid();
    private long _sent;

    /// <summary>A cipher that writes with the ring's newest key. Takes over the ring.</summary>
    /// <param name="identity">Signs all that is sealed; without one nothing is signed. It stays the caller's.</param>
    public RoomCipher(KeyRing ring, string channel, TimeProvider time, SigningIdentity? identity = null)
    {
        _ring = ring;
        _channel = channel;
        _time = time;
        _identity = identity;
        _guard = new ReplayGuard(time);
    }

    /// <summary>The id of the key that messages are sealed with.</summary>
    public string Kid => _ring.Newest.Kid;

    /// <summary>Seals <paramref name="body"/> for everybody in the room, or as a whisper when it says so.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: too long. No number is used up then.</exception>
    public SealedMessage Seal(string nick, ContentBody body, string? replyTo = null)
    {
        lock (_gate)
        {
            // A whisper does not reach everybody, and would leave a hole in the numbers of those whom it does not reach; and a word about a call that is lost is no missing message.
            var aside = body is TextBody { To: not null } or CallStartBody or CallRekeyBody;
            var content = new Content(
                ContentJson.NewId(),
                _time.GetUtcNow(),
                nick,
                aside ? ContentJson.NewSid() : _sid,
                aside ? 0 : _sent,
                body
            )
            {
                ReplyTo = replyTo,
            };
            var text = Envelope.Seal(_ring.Newest, ContentJson.Write(content), _identity);
            _sent += aside ? 0 : 1;
            return new SealedMessage(text, content);
        }
    }

    /// <summary>Opens a message.</summary>
    /// <exception cref="E2eeException">
    /// The codes of <see cref="Envelope.Open"/> and <see cref="ContentJson.Parse"/>; <see cref="E2eeError.Auth"/> when the content names another
    /// room or id, is a whisper shown to everybody, or signed and shown as a whisper without being one; <see cref="E2eeError.Replay"/>.
    /// </exception>
    public OpenedMessage Open(in ReceivedMessage received)
    {
        lock (_gate)
        {
            var (plain, kid, signer) = Envelope.Open(received.Text, _ring, _channel);
            var content = ContentJson.Parse(plain);
            // What somebody signed is shown only as it was meant: a whisper not aloud, and nothing said aloud as a whisper.
            var addressed = content.Body is TextBody { To: not null };
            var misplaced = received.Whisper ? !addressed && signer is not null : addressed;
            if (
                misplaced
                || (content.Room is not null && content.Room != _channel)
                || (received.Mid is not null && received.Mid != content.Id)
            )
            {
                throw new E2eeException(E2eeError.Auth);
            }
            var delivery = received.History
                ? _guard.AcceptHistory(content.Id)
                : _guard.Accept(kid, content.Sid, content.Number, content.Id, signer);
            if (delivery == Delivery.Replay)
            {
                throw new E2eeException(E2eeError.Replay);
            }
            return new OpenedMessage(
                content,
                delivery == Delivery.Duplicate,
                content.Nick != received.Nick,
                received.Time is { } at && (at - content.SentAt).Duration() > ClockTolerance,
                signer
            );
        }
    }

    /// <summary>Looks into a message that will be opened properly another time, or never: nothing is counted or remembered of it.</summary>
    /// <returns>What is inside and who signed it; null when it cannot be opened.</returns>
    public (Content Content, IdentityKey? Signer)? Peek(string text)
    {
        lock (_gate)
        {
            try
            {
                var (plain, _, signer) = Envelope.Open(text, _ring, _channel);
                return (ContentJson.Parse(plain), signer);
            }
            catch (E2eeException)
            {
                return null;
            }
        }
    }

    /// <summary>The key of an object in the bare form, for which no key travels in a message (spec/crypto.md §7). It is the caller's.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: what names the object is no Unicode.</exception>
    public Secret FileKey(string scheme, string objectKey)
    {
        lock (_gate)
        {
            return _ring.Newest.FileKey(scheme, objectKey);
        }
    }

    /// <summary>The media key of one participant in one epoch of a call (spec/crypto.md §8). It is the caller's.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: what names the call or the participant is no Unicode.</exception>
    public Secret CallKey(string callId, string identity, uint epoch)
    {
        lock (_gate)
        {
            return _ring.Newest.CallKey(callId, identity, epoch);
        }
    }

    /// <summary>Messages that should have come more than 30 s ago and did not; each gap is reported once.</summary>
    public IReadOnlyList<Gap> TakeGaps()
    {
        lock (_gate)
        {
            return _guard.TakeGaps();
        }
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose() => _ring.Dispose();
}
