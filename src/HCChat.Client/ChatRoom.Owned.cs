using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <content>
/// Rooms that belong to somebody. All of it asks for a role, which the server knows by a proven key (<see cref="ChatOptions.ProveIdentity"/>), a trip or an account.
/// </content>
public sealed partial class ChatRoom
{
    /// <summary>What belongs to the room, says the server; null when it does not say.</summary>
    public RoomDoor? Door { get; private set; }

    /// <summary>Makes the room ours. Only who opened a new room may.</summary>
    /// <exception cref="CommandRefusedException"><c>not_new</c>, <c>claimed</c>, <c>no_identity</c>, <c>too_many</c>; <c>timeout</c>: nobody knows whether it was done.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good.</exception>
    public Task ClaimAsync(CancellationToken stop = default) => AskAsync("claim", [], IsOurs("roomInfo"), stop);

    /// <summary>Gives the room back: it belongs to nobody, and its roles, bans, invitations and settings are gone. Owners.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public Task UnclaimAsync(CancellationToken stop = default) => AskAsync("unclaim", [], IsOurs("roomInfo"), stop);

    /// <summary>Gives somebody a role, or takes it. Owners; moderators make and unmake members.</summary>
    /// <exception cref="CommandRefusedException"><c>forbidden</c>, <c>no_identity</c>, <c>last_owner</c>, <c>not_found</c>, <c>too_many</c>.</exception>
    public Task SetRoleAsync(Whom whom, RoomRole role, CancellationToken stop = default) =>
        AskAsync("setrole", [About(whom), Member("role", RoomWords.Word<RoomRole>(role))], IsOurs("roomInfo"), stop);

    /// <summary>Who has which role, the highest first. Moderators.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public async Task<IReadOnlyList<RoleHolder>> RolesAsync(CancellationToken stop = default) =>
        [
            .. Objects(await AskAsync("roles", [], Is("roles"), stop).ConfigureAwait(false), "roles")
                .Select(RoomWords.Role),
        ];

    /// <summary>Changes the door, the pace and the sign. Moderators; password and listing: owners.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public Task SetDoorAsync(DoorSettings settings, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return AskAsync(
            "setroom",
            [
                Member("access", RoomWords.Word(settings.Entrance)),
                Member("knock", settings.Knock),
                Member("slow", (long?)settings.Slow?.TotalSeconds),
                Member("password", settings.Password),
                Member("motd", settings.MessageOfTheDay),
                Member("listed", settings.Listed),
                Member("raid", settings.Toll is { } toll ? (toll ? "on" : "auto") : null),
            ],
            IsOurs("roomInfo"),
            stop
        );
    }

    /// <summary>Makes an invitation. Moderators.</summary>
    /// <param name="uses">So many may come by it, 1 to 10,000.</param>
    /// <param name="lifetime">It is good for this time, a minute to a year; null: a week.</param>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public async Task<RoomInvitation> CreateInvitationAsync(
        int uses = 1,
        TimeSpan? lifetime = null,
        CancellationToken stop = default
    ) =>
        (
            await AskAsync(
                    "createinvite",
                    [Member("uses", uses), Member("seconds", (long?)lifetime?.TotalSeconds)],
                    Is("invitation"),
                    stop
                )
                .ConfigureAwait(false)
        ).Invitation();

    /// <summary>The invitations that are good, without their secrets. Moderators.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public async Task<IReadOnlyList<RoomInvitation>> InvitationsAsync(CancellationToken stop = default) =>
        [
            .. Objects(await AskAsync("invites", [], Is("invites"), stop).ConfigureAwait(false), "invites")
                .Select(RoomWords.Invitation),
        ];

    /// <summary>Nobody comes by that invitation any more. Moderators.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public Task RevokeInvitationAsync(string id, CancellationToken stop = default) =>
        AskAsync("revokeinvite", [Member("id", id)], Is("inviteRevoked", "id", id), stop);

    /// <summary>Opens to somebody who knocks, or does not: then they are not told. Moderators.</summary>
    /// <param name="userId">Of the <see cref="KnockReceived"/>.</param>
    /// <exception cref="CommandRefusedException"><c>unknown_user</c>: nobody is waiting under that number; <c>forbidden</c>.</exception>
    public Task AdmitAsync(long userId, bool deny = false, CancellationToken stop = default) =>
        AskAsync(
            "admit",
            [Member("userid", userId), Member("deny", deny ? true : null)],
            (cmd, frame) => cmd == "knockAnswered" && frame.Integer("userid") == userId,
            stop
        );

    /// <summary>Puts somebody out, who may come back where the door is open. Moderators.</summary>
    /// <exception cref="CommandRefusedException"><c>forbidden</c>: our role does not allow it; <c>unknown_user</c>; <c>timeout</c>: nobody knows whether it was done.</exception>
    /// <exception cref="RoomClosedException">The room is closed.</exception>
    /// <exception cref="ConnectionEndedException">The connection ended for good.</exception>
    public Task KickAsync(Whom whom, CancellationToken stop = default) =>
        AskAsync("kick", [About(whom)], (cmd, frame) => cmd == "info" && frame.Integer("id") == 1205, stop);

    /// <summary>Shuts somebody out for a time: key, trip, session and address. Moderators.</summary>
    /// <param name="lifetime">Up to a year; null: a day.</param>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public Task<RoomBan> BanAsync(Whom whom, TimeSpan? lifetime = null, CancellationToken stop = default) =>
        BanishAsync("ban", whom, lifetime, stop);

    /// <summary>Lets nobody hear somebody for a time, without telling them. Moderators.</summary>
    /// <inheritdoc cref="BanAsync"/>
    public Task<RoomBan> MuteAsync(Whom whom, TimeSpan? lifetime = null, CancellationToken stop = default) =>
        BanishAsync("mute", whom, lifetime, stop);

    /// <summary>Who is shut out or silenced. Moderators.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public async Task<IReadOnlyList<RoomBan>> BansAsync(CancellationToken stop = default) =>
        [.. Objects(await AskAsync("bans", [], Is("bans"), stop).ConfigureAwait(false), "bans").Select(RoomWords.Ban)];

    /// <summary>Lifts a ban or a mute. Moderators.</summary>
    /// <inheritdoc cref="KickAsync" path="/exception"/>
    public Task PardonAsync(string id, CancellationToken stop = default) =>
        AskAsync("pardon", [Member("id", id)], Is("pardoned", "id", id), stop);

    private async Task<RoomBan> BanishAsync(string cmd, Whom whom, TimeSpan? lifetime, CancellationToken stop)
    {
        var isOurs = IsOurs("banned", "by");
        var answer = await AskAsync(
                cmd,
                [About(whom), Member("seconds", (long?)lifetime?.TotalSeconds), Member("scope", "room")],
                (name, frame) => isOurs(name, frame) && frame.Flag("muted") == (cmd == "mute"),
                stop
            )
            .ConfigureAwait(false);
        return answer.Ban();
    }

    private async Task<JsonElement> AskAsync(
        string cmd,
        KeyValuePair<string, JsonNode?>[] members,
        Func<string, JsonElement, bool> isAnswer,
        CancellationToken stop
    )
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new RoomClosedException("The room is closed.");
            }
            if (!_seated)
            {
                throw new CommandRefusedException(Refusal.ByLoss);
            }
        }
        var frame = new JsonObject([Member("channel", Channel), .. members]);
        return await _commands.AskAsync(cmd, frame, isAnswer, stop).ConfigureAwait(false);
    }

    private static KeyValuePair<string, JsonNode?> Member(string name, JsonNode? value) => new(name, value);

    private static KeyValuePair<string, JsonNode?> About(Whom whom)
    {
        ArgumentNullException.ThrowIfNull(whom);
        return new(whom.Name, whom.Value.DeepClone());
    }

    private static Func<string, JsonElement, bool> Is(string cmd) => (name, _) => name == cmd;

    private static Func<string, JsonElement, bool> Is(string cmd, string member, string value) =>
        (name, frame) => name == cmd && frame.Text(member) == value;

    /// <summary>What everybody is told, when it is our doing.</summary>
    private Func<string, JsonElement, bool> IsOurs(string cmd, string by = "nick") =>
        (name, frame) => name == cmd && frame.Text(by) == Nick;

    private static IEnumerable<JsonElement> Objects(JsonElement answer, string name) =>
        answer.List(name).Where(one => one.ValueKind == JsonValueKind.Object);
}
