using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using HCChat.Rtc;
using HCChat.Server.Chat;
using HCChat.Server.Identities;
using HCChat.Server.Rooms;

namespace HCChat.Server.Calls;

/// <summary>
/// Who has been given a seat in which room's call. Whoever is put out of the room loses it within a second, whoever has the calls; and the room is told who is in its call.
/// </summary>
internal sealed partial class CallSeats(
    ChatServer chat,
    ICalls calls,
    AccessToken tokens,
    byte[] secret,
    TimeProvider time,
    ILogger<CallSeats> logger
) : BackgroundService
{
    /// <summary>How long a token opens a call. Who is in stays in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const int MaxSeats = 100_000;

    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    // How often one looks at calls of a server that may not have told all.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Call, string Identity), Seat> _seats = new();
    private readonly Channel<string> _changed = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxSeats) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly ConcurrentDictionary<string, long> _looked = new();

    /// <summary>Somebody who may come in, or is in.</summary>
    /// <param name="Who">What they have shown; how old it has become does not matter.</param>
    /// <param name="AddressKey">Where from.</param>
    /// <param name="MaySpeak">Whether they may send.</param>
    private sealed record Seat(Tokens.Capability Who, string AddressKey, bool MaySpeak)
    {
        /// <summary>When the newest token for it ends.</summary>
        public DateTimeOffset Expires { get; init; }

        /// <summary>Whether they were put out: nothing of theirs is taken before <see cref="Expires"/>.</summary>
        public bool IsOut { get; init; }

        /// <summary>Whether they are in the call, as far as is known.</summary>
        public bool IsIn { get; init; }
    }

    /// <summary>
    /// What a room's call is called where the media are: the same after a restart, and nobody finds the room by it.
    /// </summary>
    public string CallOf(string channel) => "hc_" + Name("call\0" + channel);

    /// <summary>A seat for somebody who may be in the room now.</summary>
    /// <param name="who">What they have shown.</param>
    /// <param name="addressKey">Where from.</param>
    /// <param name="maySpeak">Whether they may send.</param>
    /// <param name="metadata">What the others are shown of them, beside the nick.</param>
    /// <returns>The token, and who they are in the call: the same for the same session, so that whoever comes back takes the place of who was there.</returns>
    public (string Token, string Identity)? Take(
        Tokens.Capability who,
        string addressKey,
        bool maySpeak,
        string metadata
    )
    {
        var key = KeyOf(who.Room, who.Session);
        if (_seats.Count >= MaxSeats && !_seats.ContainsKey(key))
        {
            return null;
        }
        var expires = time.GetUtcNow() + Lifetime;
        _seats.AddOrUpdate(
            key,
            _ => new Seat(who, addressKey, maySpeak) { Expires = expires },
            (_, before) => new Seat(who, addressKey, maySpeak) { Expires = expires, IsIn = before.IsIn }
        );
        var grant = new Grant(
            key.Call,
            key.Identity,
            who.Nick,
            metadata,
            CanPublish: maySpeak,
            CanSubscribe: true,
            CanPublishData: maySpeak,
            expires
        );
        return (tokens.Issue(grant), key.Identity);
    }

    /// <summary>Whether a token that is good opens the call for its bearer still; asked by the built-in calls.</summary>
    public bool MayEnter(Grant grant) =>
        _seats.TryGetValue((grant.Room, grant.Identity), out var seat)
        && !seat.IsOut
        && seat.MaySpeak == grant.CanPublish
        && !chat.Bans.IsBanned(seat.AddressKey);

    /// <summary>Something has changed in a call.</summary>
    public void Look(string call) => _changed.Writer.TryWrite(call);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        calls.Changed += Look;
        chat.Expulsions.SessionOut += NotePutOut;
        using var timer = new PeriodicTimer(s_pace, time);
        try
        {
            await Task.WhenAll(SweepAsync(timer, stoppingToken), TellAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
        finally
        {
            calls.Changed -= Look;
            chat.Expulsions.SessionOut -= NotePutOut;
        }
    }

    // They may be in a call since before this process began, which then knows nothing of their seat.
    private void NotePutOut(string channel, string session)
    {
        if (!calls.TellsAll && _seats.Count < MaxSeats)
        {
            var nobody = new Tokens.Capability(channel, "", session, null, null, "", "", false, 0, "");
            var until = time.GetUtcNow() + Lifetime;
            _seats.TryAdd(KeyOf(channel, session), new Seat(nobody, "", false) { Expires = until, IsIn = true });
        }
    }

    private async Task SweepAsync(PeriodicTimer timer, CancellationToken stop)
    {
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var (key, seat) in _seats)
            {
                await JudgeAsync(key, seat, stop);
            }
            foreach (var room in chat.Rooms.All.Where(r => r.Call is not null))
            {
                Calling.EndUnanswered(chat, room.Channel);
                var call = CallOf(room.Channel);
                if (!calls.TellsAll && time.GetElapsedTime(_looked.GetValueOrDefault(call)) >= s_look)
                {
                    Look(call);
                }
            }
        }
    }

    // Whoever may not be there any more is put out, again and again as long as a token could bring them back.
    private async Task JudgeAsync((string Call, string Identity) key, Seat seat, CancellationToken stop)
    {
        var isOver = time.GetUtcNow() >= seat.Expires;
        if (isOver && (seat.IsOut || !seat.IsIn))
        {
            _seats.TryRemove(KeyValuePair.Create(key, seat));
            return;
        }
        var isOut = seat.IsOut;
        if (!isOut)
        {
            var (mayStay, maySpeak) = await Visiting.LookAsync(chat, seat.AddressKey, seat.Who);
            isOut = !mayStay || (seat.MaySpeak && !maySpeak);
        }
        if (!isOut || (seat.IsOut && !seat.IsIn))
        {
            return;
        }
        try
        {
            await calls.RemoveAsync(key.Call, key.Identity, stop);
            _seats.TryUpdate(key, seat with { IsOut = true, IsIn = false }, seat);
        }
        catch (CallsException e)
        {
            _seats.TryUpdate(key, seat with { IsOut = true }, seat);
            LogAway(logger, e.InnerException?.GetType().Name ?? "");
        }
    }

    private async Task TellAsync(CancellationToken stop)
    {
        await foreach (var call in _changed.Reader.ReadAllAsync(stop))
        {
            _looked[call] = time.GetTimestamp();
            try
            {
                Take(call, await calls.ListAsync(call, stop));
            }
            catch (CallsException e)
            {
                LogAway(logger, e.InnerException?.GetType().Name ?? "");
            }
        }
    }

    private void Take(string call, IReadOnlyList<CallPerson> people)
    {
        string? channel = null;
        foreach (var (key, seat) in _seats.Where(s => s.Key.Call == call))
        {
            channel = seat.Who.Room;
            var isIn = people.Any(p => p.Identity == key.Identity);
            if (isIn != seat.IsIn)
            {
                _seats.TryUpdate(key, seat with { IsIn = isIn }, seat);
            }
        }
        if (people.Count == 0)
        {
            _looked.TryRemove(call, out _);
        }
        if (channel is not null)
        {
            Calling.Update(chat, channel, [.. people.Select(p => new OngoingCall.Person(p.Nick, p.Identity))]);
        }
    }

    private (string Call, string Identity) KeyOf(string channel, string session) =>
        (CallOf(channel), "p_" + Name($"identity\0{channel}\0{session}"));

    private string Name(string what) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(what)).AsSpan(0, 16));

    [LoggerMessage(2201, LogLevel.Warning, "The server of the calls does not answer as it should ({Cause})")]
    private static partial void LogAway(ILogger logger, string cause);
}
