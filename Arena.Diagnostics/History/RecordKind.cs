namespace Arena.Diagnostics;

/// <summary>The kinds of records in a sampler's file. Numbers are never reused.</summary>
internal enum RecordKind : byte
{
    /// <summary>The first record: when the sampler began, and which kinds of categories it divides by.</summary>
    Begin = 1,

    /// <summary>The name of the next category of a kind.</summary>
    Category = 2,

    /// <summary>One sample, as differences to the sample before.</summary>
    Sample = 3,

    /// <summary>The number of samples that each of the following cells stands for.</summary>
    Level = 4,

    /// <summary>A cell, where the file was rewritten from merged ones.</summary>
    Cell = 5,
}
