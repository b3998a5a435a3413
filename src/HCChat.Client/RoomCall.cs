using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// The call of a room: what of the server's word is believed, which keys it has, and when they change (spec/crypto.md §8). Under the room's gate.
/// </summary>
/// <param name="say">Says to everybody in the room that the keys change.</param>
internal sealed class RoomCall(
    RoomLock protection,
    RoomPins? pins,
    TimeProvider time,
    string channel,
    Action<ChatEvent> post,
    Action<CallRekeyBody> say
)
{
    private const int RememberedEnded = 200;
    private const long Farthest = 1_000; // an epoch further off is nobody's honest next one

    private static readonly TimeSpan s_oldest = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(8); // with the same keys

    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(5); // then not only the first one changes them
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5); // between changes that others have asked for

    private readonly RecentSet<string> _ended = new(RememberedEnded);

    // Who has come since the keys changed last: they may not know of it.
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private string? _disbelieved;
    private long _keyedAt;

    /// <summary>The call that there is.</summary>
    public OngoingCall? Current { get; private set; }

    /// <summary>Who we are in it; null without a seat.</summary>
    public string? Identity { get; set; }

    private bool IsIn => Identity is { } me && Current?.People.Any(p => p.Identity == me) == true;

    // One of those in the call speaks for all of them: of those who know its keys, for somebody who has just come does not.
    private bool IsFirst =>
        IsIn
        && Current!.People.All(p => string.CompareOrdinal(Identity, p.Identity) <= 0 || _late.Contains(p.Identity));

    /// <summary>Takes what the server tells of the room's call; null when it tells of none.</summary>
    public void Told(JsonElement? told)
    {
        var read = told is { } call ? Read(call) : null;
        var before = Current;
        if (before is not null && before.Id != read?.Id)
        {
            _ended.Add(before.Id); // its keys are used up
            (Current, Identity) = (null, null);
            post(new CallEnded(time.GetUtcNow(), before.Id));
        }
        if (read is null)
        {
            TellOfDoubt(told?.Object("start")?.Text("mid"));
            return;
        }
        if (before?.Id != read.Id)
        {
            _keyedAt = time.GetTimestamp();
            _late.Clear();
        }
        else
        {
            read = read with { Epoch = before.Epoch };
        }
        var present = read.People.Select(p => p.Identity).ToHashSet(StringComparer.Ordinal);
        var came = present.Except(before?.People.Select(p => p.Identity) ?? []).ToList();
        _late.IntersectWith(present);
        Current = read;
        post(new CallChanged(time.GetUtcNow(), read));
        if (came.Count > 0 && read.Epoch > 0)
        {
            _late.UnionWith(came);
            if (IsFirst)
            {
                say(new CallRekeyBody(read.Id, read.Epoch)); // who came has not heard of earlier changes
            }
        }
    }

    /// <summary>Somebody says that the keys change.</summary>
    public void Rekeyed(string callId, long epoch)
    {
        if (Current is not { } call || call.Id != callId)
        {
            return;
        }
        if (epoch > call.Epoch && epoch <= call.Epoch + Farthest)
        {
            Current = call with { Epoch = epoch };
            _keyedAt = time.GetTimestamp();
            _late.Clear();
        }
        else if (epoch < call.Epoch && IsFirst && time.GetElapsedTime(_keyedAt) >= s_pause)
        {
            Rekey(); // whoever said it came later and wants other keys
        }
    }

    /// <summary>Somebody was put out of the room.</summary>
    public void PutOut()
    {
        if (IsIn)
        {
            Rekey();
        }
    }

    /// <summary>Looks whether keys have been used for long enough.</summary>
    public void OnTick()
    {
        if (IsIn && time.GetElapsedTime(_keyedAt) >= (IsFirst ? s_longest : s_longest + s_grace))
        {
            Rekey();
        }
    }

    /// <summary>A participant's key of now.</summary>
    public CallKey KeyOf(OngoingCall call, string identity)
    {
        using var key = protection.CallKey(call.Id, identity, (uint)call.Epoch);
        return new CallKey(identity, call.Epoch, key.Reveal());
    }

    // It counts from the moment on at which it comes back with all that others say.
    private void Rekey()
    {
        _keyedAt = time.GetTimestamp();
        say(new CallRekeyBody(Current!.Id, Current.Epoch + 1));
    }

    // Nothing but the envelope in it is believed: it must be this room's, open with its key, and be young.
    private OngoingCall? Read(JsonElement told)
    {
        if (
            told.Object("start") is not { } start
            || start.Text("cmd") is not "chat"
            || start.Text("channel") != channel
            || protection.Peek(start.Text("text") ?? "") is not var (content, signer)
            || content.Body is not CallStartBody { Mode: "room" } body
            || content.Id != start.Text("mid")
            || (content.Room ?? channel) != channel
            || _ended.Contains(body.CallId)
            || time.GetUtcNow() - content.SentAt is var age && (age > s_oldest || age < -s_tolerance)
        )
        {
            return null;
        }
        return new OngoingCall(body.CallId, content.Nick, body.Video, content.SentAt)
        {
            Authorship = pins?.See(content.Nick, signer),
            People = People(told),
        };
    }

    /// <summary>Who is in a call, as the wire has it.</summary>
    public static IReadOnlyList<CallPerson> People(JsonElement told) =>
        [
            .. told.List("people")
                .Where(p => p.ValueKind == JsonValueKind.Object && p.Text("identity") is not null)
                .Select(p => new CallPerson(p.Text("identity")!, p.Text("nick") ?? "")),
        ];

    private void TellOfDoubt(string? mid)
    {
        if (mid is not null && mid != _disbelieved)
        {
            _disbelieved = mid;
            post(
                new NoticeReceived(
                    time.GetUtcNow(),
                    "call_not_believed",
                    "The server tells of a call that nobody proves who has the room's key."
                )
            );
        }
    }
}
