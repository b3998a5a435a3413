namespace HCChat.Server.Identities;

/// <summary>Somebody whom the operator knows.</summary>
/// <param name="Id">Random; the name may change, this does not.</param>
/// <param name="Name">How they are called.</param>
/// <param name="IsOperator">Whether they run this server.</param>
/// <param name="IsDisabled">Whether they are shut out.</param>
/// <param name="Created">Since when, ms since 1970.</param>
internal sealed record Account(string Id, string Name, bool IsOperator, bool IsDisabled, long Created)
{
    /// <summary>Who this is to rooms.</summary>
    public string Identity => "account:" + Id;
}
