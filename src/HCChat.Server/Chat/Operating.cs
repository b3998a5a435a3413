using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What is done to rooms because the operator says so.</summary>
internal static class Operating
{
    /// <summary>The owner of rooms that were taken down; nobody can prove to be that.</summary>
    private const string Operator = "operator";

    /// <summary>Makes somebody an owner because the operator says so.</summary>
    /// <returns>False when it cannot be done now.</returns>
    public static Task<bool> GiveAsync(ChatServer chat, string channel, string identity) =>
        SetAsync(
            chat,
            channel,
            rules => rules with { Roles = rules.Roles.SetItem(identity, Role.Owner) },
            Owning.SetRole(identity, Role.Owner)
        );

    /// <summary>Closes a room and keeps it shut.</summary>
    /// <returns>False when it cannot be done now.</returns>
    public static async Task<bool> TakeDownAsync(ChatServer chat, string channel) =>
        await Histories.EndAsync(chat, channel)
        && await SetAsync(
            chat,
            channel,
            rules => rules with { Access = Access.Locked, Roles = rules.Roles.SetItem(Operator, Role.Owner) },
            Owning.SetRole(Operator, Role.Owner),
            new RuleStore.Step("UPDATE rules SET access = 'locked' WHERE channel = @1")
        );

    private static async Task<bool> SetAsync(
        ChatServer chat,
        string channel,
        Func<RoomRules, RoomRules> change,
        params RuleStore.Step[] steps
    )
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var opened = await chat.Rooms.InAsync(
            channel,
            room =>
            {
                var begun = chat.Rooms.Rules.TryChange(
                    room,
                    change,
                    kept =>
                    {
                        Ranks.RefreshAll(room);
                        done.SetResult(kept);
                    },
                    steps
                );
                if (!begun)
                {
                    done.SetResult(false);
                }
            }
        );
        return opened && await done.Task;
    }
}
