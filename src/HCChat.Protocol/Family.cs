namespace HCChat.Protocol;

/// <summary>Which dialect of the wire a connection speaks (spec/protocol.md, Families). A set of them names an audience.</summary>
[Flags]
public enum Family
{
    /// <summary>Not known yet: nothing has been said.</summary>
    None = 0,

    /// <summary>hack.chat, generation 1: began with <c>join</c>.</summary>
    Legacy = 1,

    /// <summary>hack.chat, generation 2: began with <c>session</c>.</summary>
    V2 = 2,

    /// <summary>The HChat app: names its verbs under <c>type</c>.</summary>
    App = 4,

    /// <summary>Ours: <c>session</c> with <c>proto</c> 3.</summary>
    HCChat = 8,

    /// <summary>Both generations of hack.chat.</summary>
    Stock = Legacy | V2,

    /// <summary>Everybody.</summary>
    All = Stock | App | HCChat,
}
