# fish completion for local-brain
function __local_brain_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l lines (command local-brain complete -- $words[2..-1] "$word" 2>/dev/null </dev/null)
    for line in $lines
        string match -q ':*' -- $line; or echo $line
    end
    # The part of the word that is no path: a flag, and the paths before the last comma.
    set -l before (string match -r -- '^(?:--[^=]*=)?(?:.*,)?' "$word")
    set -l path (string sub -s (math (string length -- "$before") + 1) -- "$word")
    switch "$lines[-1]"
        case :files
            for found in (__fish_complete_path "$path")
                echo "$before$found"
            end
        case :folders
            for found in (__fish_complete_directories "$path" '')
                echo "$before$found"
            end
    end
end
complete -c local-brain -e
complete -c local-brain -f -a '(__local_brain_complete)'
