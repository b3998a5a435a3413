using HCChat.Protocol;

namespace HCChat.Server.Chat;

/// <summary>A command that clients may send.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Category">Where <c>help</c> lists it.</param>
/// <param name="Families">Who may call it; whoever may not is answered as if it did not exist.</param>
/// <param name="About">What it does, for <c>help</c>.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Verb(string Name, string Category, Family Families, string About, Func<Call, Task> RunAsync)
{
    /// <summary>Members without which a hack.chat client is told what is missing.</summary>
    public string[] Required { get; init; } = [];

    /// <summary>Whether it may begin while what the session sent before is still on its way to the disk; others wait, so that answers come in order.</summary>
    public bool Pipelined { get; init; }

    /// <summary>Other names for it.</summary>
    public string[] Aliases { get; init; } = [];
}

/// <summary>Every verb on the wire, in one table (spec/protocol.md lists the same).</summary>
internal static class Verbs
{
    public const string Chat = "chat";

    private const Family Stock = Family.Stock;
    private const Family App = Family.App;
    private const Family Ours = Family.HCChat;
    private const Family Talkers = Stock | Ours;
    private const Family Rich = App | Ours;

    public static IReadOnlyList<Verb> All { get; } =
    [
        new("session", "Core", Talkers, "Starts or restores a session.", Joining.SessionAsync),
        new("join", "Core", Family.All, "Joins a channel.", Joining.JoinAsync),
        new("leave", "Core", Family.All, "Leaves a channel.", Joining.LeaveAsync),
        Of(Chat, "Core", Family.All, "Says something to a channel.", Saying.Chat) with
        {
            Pipelined = true,
        },
        Of("message", "App", App, "Says something to a channel.", Saying.Chat) with
        {
            Pipelined = true,
        },
        Of("emote", "Core", Talkers, "Says what you do. Text: `/me text`", Saying.Emote, "text") with
        {
            Pipelined = true,
        },
        Of(
            "updateMessage",
            "Core",
            Talkers,
            "Changes a message of yours for five minutes.",
            Saying.Update,
            "text",
            "customId"
        ),
        new(
            "whisper",
            "Core",
            Talkers,
            "Says something to one person. Text: `/w nick text`, `/r text`",
            Whispering.WhisperAsync
        )
        {
            Required = ["nick", "text"],
        },
        new("dm", "App", App, "Says something to one person.", Whispering.DirectMessageAsync),
        Of("invite", "Core", Talkers, "Invites somebody to a channel.", Inviting.Invite),
        new("changenick", "Core", Talkers, "Changes your nick. Text: `/nick nick`", Appearance.ChangeNickAsync)
        {
            Required = ["nick"],
        },
        new("nick", "App", App, "Announces or changes a nick.", Appearance.NickAsync),
        new("changecolor", "Core", Talkers, "Changes your colour. Text: `/color hex`", Appearance.ChangeColorAsync)
        {
            Required = ["color"],
        },
        new("edit", "Core", Ours, "Changes a message of yours.", Changing.EditAsync),
        new("delete", "Core", Ours, "Removes a message.", Changing.DeleteAsync),
        Of("note", "Core", Ours, "Says something that is not a message.", Changing.Note) with
        {
            Pipelined = true,
        },
        new("sync", "Core", Ours, "Gives a part of what has happened.", Catchup.SyncAsync),
        Of("sethistory", "Channels", Ours, "Sets what is kept of a channel, and for how long.", Histories.Set),
        new("identify", "Core", Ours, "Proves to have a key or an account.", Identifying.IdentifyAsync),
        Of("capability", "Core", Ours, "Gives what shows elsewhere that you are in a channel.", Capabilities.Give),
        new("claim", "Channels", Ours, "Makes a new channel yours.", Owning.ClaimAsync),
        Of("unclaim", "Channels", Ours, "Gives a channel back.", Owning.Unclaim),
        Of("setrole", "Channels", Ours, "Makes somebody owner, moderator or member of a channel.", Owning.SetRole),
        Of("roles", "Channels", Ours, "Lists who has a role in a channel.", Owning.Roles),
        new("setroom", "Channels", Ours, "Sets who may enter a channel, and its pace.", Owning.SetRoomAsync),
        new("createinvite", "Channels", Ours, "Makes an invitation into a channel.", Invitations.CreateAsync),
        new("invites", "Channels", Ours, "Lists the invitations into a channel.", Invitations.ListAsync),
        Of("revokeinvite", "Channels", Ours, "Takes an invitation back.", Invitations.Revoke),
        Of("knock", "Channels", Ours, "Asks to be let into a channel.", Knocking.Knock),
        Of("admit", "Channels", Ours, "Lets somebody in who knocked.", Knocking.Admit),
        Of("bans", "Channels", Ours, "Lists who is shut out of a channel or silenced.", Banishing.List),
        Of("pardon", "Channels", Ours, "Ends a ban or a mute in a channel.", Banishing.Pardon),
        Of("closeroom", "Channels", Talkers, "Ends a channel and forgets everything of it.", Histories.Close),
        Of("typing", "Core", Rich, "Tells the others that you are writing.", Signals.Typing),
        Of("who", "Core", Rich, "Lists who is here.", Signals.Who),
        Of("delivered_receipt", "App", Rich, "Says that a message has arrived.", Signals.Receipt) with
        {
            Pipelined = true,
        },
        Of("read_receipt", "App", Rich, "Says that a message was read.", Signals.Receipt) with
        {
            Pipelined = true,
        },
        Of("add_reaction", "App", Rich, "Reacts to a message.", Signals.Reaction) with
        {
            Pipelined = true,
        },
        Of("remove_reaction", "App", Rich, "Takes a reaction back.", Signals.Reaction) with
        {
            Pipelined = true,
        },
        Of("status_update", "App", Rich, "Says how available you are.", Signals.Status),
        Of("getchannels", "Core", Talkers, "Lists public channels.", Lists.Channels),
        Of("stats", "Core", Talkers, "Counts people and channels.", Lists.Stats),
        Of("morestats", "Core", Talkers, "Counts more. Text: `/stats`", Lists.MoreStats),
        Of("help", "Core", Talkers, "Shows this. Text: `/help command`", Lists.Help),
        Of("ping", "Core", Family.All, "Does nothing; our clients get `pong`.", Lists.Ping),
        Of("kick", "Moderators", Talkers, "Moves somebody out. Text: `/kick nick`", Kicking.Kick),
        Of("ban", "Moderators", Talkers, "Shuts an address out.", Moderation.Ban),
        Of("unban", "Moderators", Talkers, "Lets an address in again.", Moderation.Unban),
        Of("unbanall", "Moderators", Talkers, "Lets all addresses in again.", Moderation.UnbanAll),
        Of("dumb", "Moderators", Talkers, "Makes somebody unheard, unnoticed by themselves.", Moderation.Mute) with
        {
            Aliases = ["muzzle", "mute"],
        },
        Of("speak", "Moderators", Talkers, "Makes somebody heard again.", Moderation.Unmute) with
        {
            Aliases = ["unmuzzle", "unmute"],
        },
        Of("lockroom", "Moderators", Talkers, "Locks the channel. Text: `/lockroom level`", Moderation.Lock),
        Of("unlockroom", "Moderators", Talkers, "Unlocks the channel. Text: `/unlockroom`", Moderation.Unlock),
        Of("enablecaptcha", "Moderators", Talkers, "Asks joiners a question.", Captchas.Enable),
        Of("disablecaptcha", "Moderators", Talkers, "Asks joiners no question.", Captchas.Disable),
        Of("forcecolor", "Moderators", Talkers, "Gives somebody a colour.", Appearance.ForceColor, "nick", "color"),
        Of("forceflair", "Moderators", Talkers, "Gives somebody a flair.", Appearance.ForceFlair, "nick", "flair"),
        Of(
            "setmotd",
            "Channels",
            Talkers,
            "Sets the message of the day. Text: `/setmotd text`",
            Owning.SetMotd,
            "motd"
        ),
        new(
            "claimchannel",
            "Channels",
            Stock,
            "Makes a new channel yours. Text: `/claimchannel`",
            StockOwning.ClaimAsync
        ),
        Of("unclaimchannel", "Channels", Stock, "Gives it back. Text: `/unclaimchannel`", StockOwning.Unclaim),
        Of("renewclaim", "Channels", Stock, "Keeps it yours. Text: `/renewclaim`", StockOwning.Renew),
        Of(
            "makepublic",
            "Channels",
            Stock,
            "Lists the channel. Text: `/makepublic`",
            call => StockOwning.List(call, listed: true)
        ),
        Of(
            "makeprivate",
            "Channels",
            Stock,
            "Lists it no more. Text: `/makeprivate`",
            call => StockOwning.List(call, listed: false)
        ),
        Of(
            "setlevel",
            "Channels",
            Stock,
            "Gives a trip a level. Text: `/setlevel trip level`",
            StockOwning.SetLevel,
            "trip",
            "level"
        ),
        Of(
            "addmod",
            "Admin",
            Talkers,
            "Makes a trip a moderator until the next start.",
            Administration.AddModerator,
            "trip"
        ),
        Of("removemod", "Admin", Talkers, "Undoes that.", Administration.RemoveModerator, "trip"),
        Of("listusers", "Admin", Talkers, "Lists who is where.", Administration.ListUsers),
        Of("shout", "Admin", Talkers, "Tells everybody something.", Administration.Shout, "text"),
    ];

    /// <summary>Verbs by name and alias.</summary>
    public static IReadOnlyDictionary<string, Verb> ByName { get; } =
        All.SelectMany(v => v.Aliases.Append(v.Name).Select(n => (n, v))).ToDictionary(p => p.n, p => p.v);

    /// <summary>Names that an unknown one may have meant, in hack.chat's order, which decides between equally near ones.</summary>
    public static IReadOnlyList<string> Suggestions { get; } =
    [
        .. All.Where(v => (v.Families & Stock) != 0)
            .OrderBy(v => v.Category, StringComparer.Ordinal)
            .ThenBy(v => v.Name, StringComparer.OrdinalIgnoreCase)
            .Select(v => v.Name),
    ];

    private static Verb Of(
        string name,
        string category,
        Family families,
        string about,
        Action<Call> run,
        params string[] required
    ) =>
        new(
            name,
            category,
            families,
            about,
            call =>
            {
                run(call);
                return Task.CompletedTask;
            }
        )
        {
            Required = required,
        };
}
