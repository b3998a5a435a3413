using System.Buffers.Text;
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

    // All are judged anew after that time, whether or not anything was heard.
    private static readonly TimeSpan s_anew = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CallTable> _tables = new(StringComparer.Ordinal);
    private readonly Channel<string> _changed = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxSeats) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private int _count;

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
        var (call, identity) = (CallOf(who.Room), IdentityOf(who.Room, who.Session));
        var expires = time.GetUtcNow() + Lifetime;
        lock (_gate)
        {
            var table = TableOf(who.Room);
            var before = table.Seats.GetValueOrDefault(identity);
            if (before is null && _count >= MaxSeats)
            {
                return null;
            }
            _count += before is null ? 1 : 0;
            table.Seats[identity] = new CallTable.Seat(who, addressKey, maySpeak, expires)
            {
                IsIn = before?.IsIn == true,
            };
        }
        var grant = new Grant(
            call,
            identity,
            who.Nick,
            metadata,
            CanPublish: maySpeak,
            CanSubscribe: true,
            CanPublishData: maySpeak,
            expires
        );
        return (tokens.Issue(grant), identity);
    }

    /// <summary>Whether a token that is good opens the call for its bearer still; asked by the built-in calls.</summary>
    public bool MayEnter(Grant grant)
    {
        lock (_gate)
        {
            return _tables.GetValueOrDefault(grant.Room)?.Seats.GetValueOrDefault(grant.Identity)
                    is { IsOut: false } seat
                && seat.MaySpeak == grant.CanPublish
                && !chat.Bans.IsBanned(seat.AddressKey);
        }
    }

    /// <summary>Something has changed in a call.</summary>
    public void Look(string call) => _changed.Writer.TryWrite(call);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        calls.Changed += Look;
        chat.CallBegan += NoteBegun;
        chat.Expulsions.SessionOut += NotePutOut;
        chat.Expulsions.Added += Doubt;
        chat.Bans.Added += DoubtAll;
        await RestoreAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_pace, time);
        try
        {
            await Task.WhenAll(SweepAsync(timer, stoppingToken), TellAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
    }

    // Calls that a LiveKit server has gone on with while this process was away; members are told of them as soon as they come.
    private async Task RestoreAsync()
    {
        foreach (var call in chat.KeptCalls?.Load() ?? [])
        {
            if (await Calling.RestoreAsync(chat, call))
            {
                Look(CallOf(call.Channel));
            }
        }
    }

    private void NoteBegun(string channel)
    {
        lock (_gate)
        {
            // One that was found again has people in it whose seats were taken before this process began.
            TableOf(channel).MayHaveLeftovers |= chat.Rooms.Find(channel)?.Call is { WasJoined: false };
        }
        if (!calls.TellsAll)
        {
            Look(CallOf(channel));
        }
    }

    // They may be in a call since before this process began, which then knows nothing of their seat.
    private void NotePutOut(string channel, string session)
    {
        if (calls.TellsAll)
        {
            return;
        }
        lock (_gate)
        {
            PutOut(TableOf(channel), IdentityOf(channel, session));
        }
    }

    // Somebody without a seat is out as long as a token of theirs may be good.
    private void PutOut(CallTable table, string identity)
    {
        if (_count >= MaxSeats)
        {
            return;
        }
        var nobody = new Tokens.Capability(table.Channel, "", "", null, null, "", "", false, 0, "");
        var seat = new CallTable.Seat(nobody, "", false, time.GetUtcNow() + Lifetime);
        seat.PutOut();
        _count += table.Seats.TryAdd(identity, seat) ? 1 : 0;
    }

    private void Doubt(string channel)
    {
        if (channel == Expulsions.Everywhere)
        {
            DoubtAll();
            return;
        }
        lock (_gate)
        {
            _tables.GetValueOrDefault(CallOf(channel))?.Doubt();
        }
    }

    private void DoubtAll()
    {
        lock (_gate)
        {
            foreach (var table in _tables.Values)
            {
                table.Doubt();
            }
        }
    }

    private async Task SweepAsync(PeriodicTimer timer, CancellationToken stop)
    {
        var anew = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (time.GetElapsedTime(anew) >= s_anew)
            {
                anew = time.GetTimestamp();
                DoubtAll();
            }
            KeyValuePair<string, CallTable>[] tables;
            lock (_gate)
            {
                tables = [.. _tables];
            }
            foreach (var (call, table) in tables)
            {
                await AttendAsync(call, table, stop);
            }
        }
    }

    private async Task AttendAsync(string call, CallTable table, CancellationToken stop)
    {
        var room = chat.Rooms.Find(table.Channel);
        IReadOnlyList<(string Identity, CallTable.Seat Seat)> due;
        bool isStale;
        lock (_gate)
        {
            due = table.Due(room?.Rules);
            isStale = !calls.TellsAll && time.GetElapsedTime(table.LookedAt) >= s_look;
        }
        foreach (var (identity, seat) in due)
        {
            await JudgeAsync(call, identity, seat, stop);
        }
        if (room?.Call is not null)
        {
            Calling.EndUnanswered(chat, table.Channel);
            if (isStale)
            {
                Look(call);
            }
        }
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var (identity, _) in table.Seats.Where(s => s.Value.IsDone(now)).ToList())
            {
                _count -= table.Seats.Remove(identity) ? 1 : 0;
            }
            if (table.Seats.Count == 0 && chat.Rooms.Find(table.Channel)?.Call is null)
            {
                _tables.Remove(call);
            }
        }
    }

    // Whoever may not be there any more is put out, again and again as long as a token could bring them back.
    private async Task JudgeAsync(string call, string identity, CallTable.Seat seat, CancellationToken stop)
    {
        if (seat.IsDoubtful)
        {
            seat.IsDoubtful = false; // what happens from here on makes it so again
            var found = await Visiting.LookAsync(chat, seat.AddressKey, seat.Who);
            lock (_gate)
            {
                if (found is not var (mayStay, maySpeak, _))
                {
                    seat.IsDoubtful = true;
                    return;
                }
                if (mayStay && (maySpeak || !seat.MaySpeak))
                {
                    return;
                }
                seat.PutOut();
            }
        }
        if (!seat.IsOwed)
        {
            return;
        }
        try
        {
            await calls.RemoveAsync(call, identity, stop);
            lock (_gate)
            {
                (seat.IsOwed, seat.IsIn) = (false, false);
            }
        }
        catch (CallsException e)
        {
            LogAway(logger, e.InnerException?.GetType().Name ?? "");
        }
    }

    private async Task TellAsync(CancellationToken stop)
    {
        await foreach (var call in _changed.Reader.ReadAllAsync(stop))
        {
            lock (_gate)
            {
                if (_tables.GetValueOrDefault(call) is not { } table)
                {
                    continue; // none of ours
                }
                table.LookedAt = time.GetTimestamp();
            }
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
        CallTable? table;
        lock (_gate)
        {
            table = _tables.GetValueOrDefault(call);
            if (table?.MayHaveLeftovers == true && !calls.TellsAll)
            {
                var left = people.Where(p => !table.Seats.ContainsKey(p.Identity)).ToList();
                left.ForEach(p => PutOut(table, p.Identity));
                people = [.. people.Except(left)];
                table.MayHaveLeftovers = false;
            }
            foreach (var (identity, seat) in table?.Seats ?? [])
            {
                seat.IsIn = people.Any(p => p.Identity == identity);
                seat.IsOwed |= seat.IsOut && seat.IsIn;
            }
        }
        if (table is not null)
        {
            Calling.Update(chat, table.Channel, [.. people.Select(p => new OngoingCall.Person(p.Nick, p.Identity))]);
        }
    }

    /// <summary>The rank in the room of whoever has a seat in its call, whether or not they sit in the room now; null when nobody has.</summary>
    public async Task<long?> LevelOfAsync(string channel, string identity)
    {
        CallTable.Seat? seat;
        lock (_gate)
        {
            seat = _tables.GetValueOrDefault(CallOf(channel))?.Seats.GetValueOrDefault(identity);
        }
        return seat is null || await Visiting.LookAsync(chat, seat.AddressKey, seat.Who) is not var (_, _, level)
            ? null
            : level;
    }

    private CallTable TableOf(string channel)
    {
        var call = CallOf(channel);
        if (!_tables.TryGetValue(call, out var table))
        {
            _tables[call] = table = new CallTable(channel);
        }
        return table;
    }

    /// <summary>Who somebody is in a room's call.</summary>
    public string IdentityOf(string channel, string session) => "p_" + Name($"identity\0{channel}\0{session}");

    private string Name(string what) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(what)).AsSpan(0, 16));

    [LoggerMessage(2201, LogLevel.Warning, "The server of the calls does not answer as it should ({Cause})")]
    private static partial void LogAway(ILogger logger, string cause);
}
