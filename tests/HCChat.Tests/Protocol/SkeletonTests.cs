using HCChat.Protocol;

namespace HCChat.Tests.Protocol;

public sealed class SkeletonTests
{
    [Theory]
    [InlineData("alice", "ALICE")]
    [InlineData("alice", "аlice")] // Cyrillic а
    [InlineData("Alice", "AIice")] // capital I for l
    [InlineData("bob0", "bobO")]
    [InlineData("paypal", "𝓅𝒶𝓎𝓅𝒶𝓁")]
    [InlineData("modern", "rnodern")]
    [InlineData("Straße", "STRAẞE")]
    [InlineData("é_1", "é_1")] // composed and not
    public void What_looks_alike_is_alike(string one, string other) =>
        Assert.True(Skeleton.Of(one).LooksLike(Skeleton.Of(other)));

    [Theory]
    [InlineData("alice", "alicia")]
    [InlineData("张三", "张四")]
    [InlineData("bob1", "bob2")]
    [InlineData("anna", "аннa")]
    [InlineData("ann", "")]
    public void What_does_not_is_not(string one, string other) =>
        Assert.False(Skeleton.Of(one).LooksLike(Skeleton.Of(other)));
}
