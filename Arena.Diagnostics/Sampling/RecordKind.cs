namespace Arena.Diagnostics;

/// <summary>The kinds of records in a sampler's file. Numbers are never used again for something else.</summary>
internal enum RecordKind : byte
{
    /// <summary>When the sampler began, and which kinds of parts it divides by. The first record.</summary>
    Begin = 1,

    /// <summary>The name of the next part of a kind.</summary>
    Part = 2,

    /// <summary>One sample, as differences to the sample before.</summary>
    Sample = 3,

    /// <summary>How many samples each of the cells that follow stands for.</summary>
    Level = 4,

    /// <summary>A cell, where the file was made anew from merged ones.</summary>
    Cell = 5,
}
